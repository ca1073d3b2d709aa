#include "basebackup/check_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "basebackup/check_directory.h"
#include "basebackup/check_space.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr std::uint64_t kSegment = 16U << 20U;
constexpr std::uint64_t kTerabyte = 1'000'000'000'000;

TEST(CheckMarker, IsOfTheServersOwnSystem) {
  EXPECT_EQ(judge_marker(7, 7, true).verdict, Verdict::ok);
  EXPECT_EQ(judge_marker(7, std::nullopt, true).verdict, Verdict::ok);
  EXPECT_EQ(judge_marker(7, 8, true).verdict, Verdict::warn);
  EXPECT_EQ(judge_marker(7, 8, false).verdict, Verdict::fail);
}

TEST(CheckSpace, WarnsUnderTenPercentAndFailsUnderOneSegment) {
  const auto verdict = [](std::uint64_t free, std::uint64_t total) {
    return judge_space("space", "/mnt", {free, total}, kSegment).verdict;
  };
  EXPECT_EQ(verdict(kTerabyte / 10, kTerabyte), Verdict::ok);
  EXPECT_EQ(verdict(kTerabyte / 10 - 1, kTerabyte), Verdict::warn);
  EXPECT_EQ(verdict(kSegment, kTerabyte), Verdict::warn);
  EXPECT_EQ(verdict(kSegment - 1, kTerabyte), Verdict::fail);
  EXPECT_EQ(verdict(kSegment - 1, kSegment), Verdict::fail);
  EXPECT_EQ(verdict(0, 0), Verdict::fail);
}

TEST(CheckSpace, NamesWhereTheFileSystemIsMounted) {
  EXPECT_EQ(mount_point_of("/"), "/");
  EXPECT_EQ(mount_point_of("/proc/self"), "/proc");
}

class CheckDirectory : public ::testing::Test {
 protected:
  [[nodiscard]] Fact fact(const std::string& name) const {
    for (const Fact& each : check_directory(DirectoryStore(folder.path()), "orders", server)) {
      if (each.name == name) return each;
    }
    return {};
  }
  testing::TemporaryDirectory folder;
  ServerLook server;
};

TEST_F(CheckDirectory, LeavesNothingBehind) {
  fs::create_directory(folder / "orders");
  EXPECT_EQ(fact("create").verdict, Verdict::ok) << fact("create").text;
  EXPECT_TRUE(fs::is_empty(folder / "orders"));
}

TEST_F(CheckDirectory, MakesNoFolderForACluster) {
  EXPECT_EQ(fact("create").verdict, Verdict::not_asked);
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST_F(CheckDirectory, WarnsWhereOneDiskTakesDatabaseAndBackups) {
  EXPECT_EQ(fact("place").verdict, Verdict::not_asked);
  server.data_directory = folder.path();
  EXPECT_EQ(fact("place").verdict, Verdict::warn);
  server.data_directory = "/proc";
  EXPECT_EQ(fact("place").verdict, Verdict::ok);
}

TEST(CheckStore, SaysWhyAStoreCannotBeOpened) {
  Configuration configuration;
  configuration.cluster = "orders";
  configuration.store = "ftp://nowhere";
  const Facts facts = check_store(configuration, {});
  ASSERT_EQ(facts.size(), 2U);
  EXPECT_EQ(facts[0].verdict, Verdict::fail);
  EXPECT_THAT(facts[0].text, HasSubstr("ftp://nowhere"));
  EXPECT_EQ(facts[1].verdict, Verdict::not_asked);
}

}  // namespace
}  // namespace walden
