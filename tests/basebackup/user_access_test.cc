#include "basebackup/user_access.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

class UserAccess : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can ask for another user";
    const passwd* entry = ::getpwnam("nobody");
    if (entry == nullptr) GTEST_SKIP() << "there is no user nobody";
    nobody = {"nobody", entry->pw_uid, entry->pw_gid};
    fs::permissions(folder.path(), fs::perms{0755});
    std::ofstream(key) << "secret";
  }
  std::size_t lacking(int mode = R_OK) {
    const auto found = lacking_access(nobody, {{key, mode}});
    EXPECT_TRUE(found) << found.error().cause;
    return found ? found->size() : 99;
  }

  HostUser nobody;
  testing::TemporaryDirectory folder;
  fs::path key = folder / "safe.key";
};

TEST_F(UserAccess, IsTheOtherUsersAndNotRoots) {
  EXPECT_EQ(lacking(), 0U);
  fs::permissions(key, fs::perms{0600});
  EXPECT_EQ(lacking(), 1U);
  EXPECT_EQ(::chown(key.c_str(), nobody.user, nobody.group), 0);
  EXPECT_EQ(lacking(), 0U);
}

TEST_F(UserAccess, CountsTheFoldersAbove) {
  fs::permissions(folder.path(), fs::perms{0700});
  EXPECT_EQ(lacking(), 1U);
}

TEST_F(UserAccess, DistinguishesReadingFromRunning) {
  fs::permissions(key, fs::perms{0644});
  EXPECT_EQ(lacking(R_OK), 0U);
  EXPECT_EQ(lacking(X_OK), 1U);
}

}  // namespace
}  // namespace walden
