#include "common/call/worker_address.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/environment.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::StartsWith;

class WorkerAddressTest : public ::testing::Test {
 protected:
  testing::TemporaryDirectory folder_;
  testing::Environment environment_;
};

TEST_F(WorkerAddressTest, LiesInTheFolderThatIsNamed) {
  environment_.set("WALDEN_WORKER_DIRECTORY", "/run/walden");
  const auto address = address_of("a");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->directory, "/run/walden");
  EXPECT_THAT(address->socket, StartsWith("/run/walden/"));
  EXPECT_THAT(address->lock, StartsWith("/run/walden/"));
  EXPECT_NE(address->socket, address->lock);
}

TEST_F(WorkerAddressTest, LiesInAFolderOfThisUsersOtherwise) {
  const std::string own = "/tmp/walden-" + std::to_string(::geteuid());
  environment_.set("WALDEN_WORKER_DIRECTORY", std::nullopt);
  EXPECT_EQ(address_of("a").value().directory, own);
  environment_.set("WALDEN_WORKER_DIRECTORY", "");
  EXPECT_EQ(address_of("a").value().directory, own);
}

TEST_F(WorkerAddressTest, DiffersWithTheIdentity) {
  EXPECT_EQ(address_of("a").value().socket, address_of("a").value().socket);
  EXPECT_NE(address_of("a").value().socket, address_of("b").value().socket);
  EXPECT_NE(address_of("").value().socket, address_of(std::string(1, '\0')).value().socket);
}

TEST_F(WorkerAddressTest, IsNoneInAFolderWhosePathIsTooLong) {
  constexpr std::size_t kLongestSocket = 107;
  environment_.set("WALDEN_WORKER_DIRECTORY", "/d");
  const std::size_t name = address_of("a").value().socket.size() - 2;
  environment_.set("WALDEN_WORKER_DIRECTORY", "/" + std::string(kLongestSocket - name - 1, 'd'));
  ASSERT_TRUE(address_of("a"));
  EXPECT_EQ(address_of("a")->socket.size(), kLongestSocket);
  environment_.set("WALDEN_WORKER_DIRECTORY", "/" + std::string(kLongestSocket - name, 'd'));
  EXPECT_FALSE(address_of("a"));
}

TEST_F(WorkerAddressTest, TrustsADirectoryThatIsClosedToOthers) {
  const fs::path directory = folder_ / "d";
  fs::create_directory(directory);
  for (const auto& [mode, trusted] : {std::pair(0700U, true),
                                      {0500U, true},
                                      {0710U, false},
                                      {0701U, false},
                                      {0755U, false},
                                      {0777U, false},
                                      {01777U, false}}) {
    fs::permissions(directory, fs::perms(mode));
    EXPECT_EQ(is_private_directory(directory), trusted) << std::oct << mode;
  }
}

TEST_F(WorkerAddressTest, TrustsNoLinkNoFileAndNothing) {
  fs::create_directory_symlink(folder_.path(), folder_ / "link");
  ASSERT_TRUE(is_private_directory(folder_.path()));
  EXPECT_FALSE(is_private_directory(folder_ / "link"));
  testing::write_text(folder_ / "file", "");
  fs::permissions(folder_ / "file", fs::perms(0600));
  EXPECT_FALSE(is_private_directory(folder_ / "file"));
  EXPECT_FALSE(is_private_directory(folder_ / "absent"));
}

TEST_F(WorkerAddressTest, TrustsNoDirectoryOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  const fs::path directory = folder_ / "d";
  fs::create_directory(directory);
  fs::permissions(directory, fs::perms(0700));
  ASSERT_EQ(::chown(directory.c_str(), 65534, 65534), 0);
  EXPECT_FALSE(is_private_directory(directory));
}

}  // namespace
}  // namespace walden
