#include "basebackup/directory_user.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

class DirectoryInUse : public ::testing::Test {
 protected:
  DirectoryInUse() {
    fs::create_directories(folder_ / "data/base/5");
    fs::create_directory(folder_ / "other");
    std::ofstream(folder_ / "data/base/5/1259") << "catalog";
  }
  // Runs until it goes out of scope.
  [[nodiscard]] testing::RunningProcess shell(const std::string& script) const {
    return testing::RunningProcess({.argv = {"bash", "-c", script + "; sleep 60"}});
  }
  [[nodiscard]] std::optional<DirectoryUser> user_of(const fs::path& directory) const {
    std::optional<DirectoryUser> found;
    EXPECT_TRUE(testing::eventually([&] {
      return (found = find_directory_user({folder_ / "other", directory})).has_value();
    }));
    return found;
  }

  testing::TemporaryDirectory folder_;
};

TEST_F(DirectoryInUse, ByNobody) {
  EXPECT_FALSE(find_directory_user({folder_ / "data", folder_ / "other", "/no/such"}));
}

TEST_F(DirectoryInUse, ByTheOneThatWorksInIt) {
  const auto process = shell("cd " + (folder_ / "data/base").string());
  const auto user = user_of(folder_ / "data");
  ASSERT_TRUE(user);
  EXPECT_EQ(user->directory, fs::canonical(folder_ / "data"));
  EXPECT_FALSE(user->program.empty());
}

TEST_F(DirectoryInUse, ByTheOneThatHasAFileOpen) {
  const auto process = shell("exec 3<" + (folder_ / "data/base/5/1259").string());
  EXPECT_TRUE(user_of(folder_ / "data"));
  EXPECT_FALSE(find_directory_user({folder_ / "other"}));
}

TEST_F(DirectoryInUse, ByTheServerWhoseTablespaceItIs) {
  fs::create_directories(folder_ / "data/pg_tblspc");
  fs::create_directory_symlink(folder_ / "other", folder_ / "data/pg_tblspc/16411");
  fs::create_symlink("/bin/sleep", folder_ / "postgres");
  const auto process =
      shell("cd " + (folder_ / "data").string() + "; " + (folder_ / "postgres").string() + " 60");
  EXPECT_TRUE(
      testing::eventually([&] { return find_directory_user({folder_ / "other"}).has_value(); }));
}

TEST_F(DirectoryInUse, NotByAShellThatStandsWhereALinkLeadsThere) {
  fs::create_directories(folder_ / "data/pg_tblspc");
  fs::create_directory_symlink(folder_ / "other", folder_ / "data/pg_tblspc/16411");
  const auto process = shell("cd " + (folder_ / "data").string());
  ASSERT_TRUE(user_of(folder_ / "data"));
  EXPECT_FALSE(find_directory_user({folder_ / "other"}));
}

// As of a server in a container, where the directory has another name.
TEST_F(DirectoryInUse, WhateverItIsCalledThere) {
  const fs::path file = folder_ / "data/base/5/1259";
  const auto process = shell("exec 3<" + file.string());
  ASSERT_TRUE(user_of(folder_ / "data"));
  fs::create_directory_symlink(folder_ / "data", folder_ / "link");
  EXPECT_TRUE(find_directory_user({folder_ / "link"}));
}

TEST_F(DirectoryInUse, NotByTheOneThatHasAnotherNameOfAFileOpen) {
  fs::create_directories(folder_ / "other/base/5");
  fs::create_hard_link(folder_ / "data/base/5/1259", folder_ / "other/base/5/1259");
  const auto process = shell("exec 3<" + (folder_ / "data/base/5/1259").string());
  ASSERT_TRUE(user_of(folder_ / "data"));
  EXPECT_FALSE(find_directory_user({folder_ / "other"}));
}

}  // namespace
}  // namespace walden
