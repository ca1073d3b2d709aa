#include "common/program/state_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/environment.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

TEST(StateDirectory, IsMadeForTheClusterAndForItsUserOnly) {
  const testing::TemporaryDirectory folder;
  Configuration configuration;
  configuration.cluster = "orders";
  configuration.state_directory = (folder / "deep/state").string();
  for (int turn = 0; turn < 2; ++turn) {
    const auto directory = state_directory(configuration);
    ASSERT_TRUE(directory) << directory.error().cause;
    EXPECT_EQ(*directory, folder / "deep/state/orders");
    struct stat seen {};
    ASSERT_EQ(::stat(directory->c_str(), &seen), 0);
    EXPECT_EQ(seen.st_mode & 07777U, 0700U);
  }
}

TEST(StateDirectory, IsTheUsersOwnWhereThereIsNoOther) {
  if (::access("/var/lib/walden", F_OK) == 0) GTEST_SKIP() << "/var/lib/walden is there";
  const testing::TemporaryDirectory folder;
  testing::Environment environment;
  environment.set("XDG_STATE_HOME", (folder / "state").string());
  Configuration configuration;
  configuration.cluster = "orders";
  const auto directory = state_directory(configuration);
  ASSERT_TRUE(directory) << directory.error().cause;
  EXPECT_EQ(*directory, folder / "state/walden/orders");
}

TEST(StateDirectory, ThatCannotBeMadeIsAnError) {
  Configuration configuration;
  configuration.cluster = "orders";
  configuration.state_directory = "/proc/nothing";
  EXPECT_FALSE(state_directory(configuration));
}

}  // namespace
}  // namespace walden
