#include "common/worker/worker_socket.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "common/call/worker_connection.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

class WorkerSocketTest : public ::testing::Test {
 protected:
  WorkerSocketTest() {
    environment_.set("WALDEN_WORKER_DIRECTORY", directory());
    address_ = address_of("somebody").value();
  }
  [[nodiscard]] fs::path directory() const { return folder_ / "w"; }
  ErrorKind kind_of_refusal() {
    const auto socket = WorkerSocket::listen(address_);
    EXPECT_FALSE(socket);
    return socket ? ErrorKind::usage : socket.error().kind;
  }
  // A process that listens, and is killed.
  void let_a_worker_be_killed() {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto socket = WorkerSocket::listen(address_);
      ::_exit(socket ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
  }
  testing::TemporaryDirectory folder_;
  testing::Environment environment_;
  WorkerAddress address_;
};

TEST_F(WorkerSocketTest, MakesItsDirectoryForThisUserOnly) {
  const auto socket = WorkerSocket::listen(address_);
  ASSERT_TRUE(socket) << socket.error().cause;
  struct stat status {};
  ASSERT_EQ(::stat(directory().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0700U);
}

TEST_F(WorkerSocketTest, TakesCallers) {
  const auto socket = WorkerSocket::listen(address_);
  ASSERT_TRUE(socket) << socket.error().cause;
  EXPECT_FALSE(socket->accept());
  const auto caller = WorkerConnection::open(address_);
  EXPECT_TRUE(caller);
  EXPECT_TRUE(socket->accept());
}

TEST_F(WorkerSocketTest, BelongsToOneWorker) {
  auto socket = WorkerSocket::listen(address_);
  ASSERT_TRUE(socket) << socket.error().cause;
  EXPECT_EQ(kind_of_refusal(), ErrorKind::exists);
  EXPECT_TRUE(WorkerConnection::open(address_));  // the second has taken nothing away
  const WorkerSocket moved = std::move(*socket);
  EXPECT_EQ(kind_of_refusal(), ErrorKind::exists);
}

TEST_F(WorkerSocketTest, LeavesNothingBehind) {
  {
    auto socket = WorkerSocket::listen(address_);
    ASSERT_TRUE(socket) << socket.error().cause;
    EXPECT_FALSE(fs::is_empty(directory()));
    const WorkerSocket moved = std::move(*socket);
  }
  EXPECT_TRUE(fs::is_empty(directory()));
  EXPECT_FALSE(WorkerConnection::open(address_));
  EXPECT_TRUE(WorkerSocket::listen(address_));
}

TEST_F(WorkerSocketTest, ReplacesWhatAKilledWorkerHasLeft) {
  let_a_worker_be_killed();
  EXPECT_TRUE(fs::exists(address_.socket));
  EXPECT_FALSE(WorkerConnection::open(address_));
  const auto socket = WorkerSocket::listen(address_);
  ASSERT_TRUE(socket) << socket.error().cause;
  EXPECT_TRUE(WorkerConnection::open(address_));
}

TEST_F(WorkerSocketTest, RefusesADirectoryThatIsOpenToOthers) {
  fs::create_directory(directory());
  for (const unsigned mode : {0755U, 0701U, 0777U}) {
    fs::permissions(directory(), fs::perms(mode));
    EXPECT_EQ(kind_of_refusal(), ErrorKind::denied);
    EXPECT_TRUE(fs::is_empty(directory()));
  }
}

TEST_F(WorkerSocketTest, RefusesALinkAndAFileInPlaceOfTheDirectory) {
  fs::create_directory(folder_ / "elsewhere");
  fs::permissions(folder_ / "elsewhere", fs::perms(0700));
  fs::create_directory_symlink(folder_ / "elsewhere", directory());
  EXPECT_EQ(kind_of_refusal(), ErrorKind::denied);
  EXPECT_TRUE(fs::is_empty(folder_ / "elsewhere"));
  fs::remove(directory());
  testing::write_text(directory(), "");
  EXPECT_EQ(kind_of_refusal(), ErrorKind::denied);
}

TEST_F(WorkerSocketTest, SaysWhyThereCanBeNone) {
  address_.directory = "/proc/nowhere/w";
  const auto socket = WorkerSocket::listen(address_);
  ASSERT_FALSE(socket);
  EXPECT_NE(socket.error().cause.find("/proc/nowhere/w"), std::string::npos);
}

TEST_F(WorkerSocketTest, FollowsNoLinkToALock) {
  fs::create_directory(directory());
  fs::permissions(directory(), fs::perms(0700));
  fs::create_symlink(folder_ / "other", address_.lock);
  EXPECT_FALSE(WorkerSocket::listen(address_));
  EXPECT_FALSE(fs::exists(folder_ / "other"));
}

}  // namespace
}  // namespace walden
