#include "common/program/signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

// Runs `body` in a child, as PostgreSQL starts its helpers: with SIGINT and SIGPIPE ignored.
int status_of_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGINT, SIG_IGN);
    ::signal(SIGPIPE, SIG_IGN);
    ::_exit(body());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

TEST(InterruptionFlag, IsSetBySignalsEvenWhereTheyWereInheritedAsIgnored) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const int status = status_of_child([signal] {
      const auto& interrupted = interruption_flag();
      if (interrupted) return 1;
      ::raise(signal);
      return interrupted ? 0 : 2;
    });
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0) << signal;
  }
}

TEST(InterruptionFlag, KeepsAClosedPipeFromKilling) {
  const int status = status_of_child([] {
    ::signal(SIGPIPE, SIG_DFL);
    (void)interruption_flag();
    return ::raise(SIGPIPE);
  });
  EXPECT_TRUE(WIFEXITED(status));
}

TEST(UnlinkOnTermination, DiesOfTheSignalAndTakesTheTemporaryAlong) {
  const testing::TemporaryDirectory folder;
  const auto path = folder / "temporary";
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    std::ofstream(path) << "half a segment";
    const int status = status_of_child([&path, signal] {
      unlink_on_termination(path.c_str());
      ::raise(signal);
      return 0;
    });
    ASSERT_TRUE(WIFSIGNALED(status)) << signal;
    EXPECT_EQ(WTERMSIG(status), signal);
    EXPECT_FALSE(std::filesystem::exists(path)) << signal;
  }
}

TEST(UnlinkOnTermination, LeavesAForgottenTemporaryAlone) {
  const testing::TemporaryDirectory folder;
  const auto path = folder / "in-place";
  std::ofstream(path) << "a whole segment";
  const int status = status_of_child([&path] {
    unlink_on_termination(path.c_str());
    forget_temporary();
    ::raise(SIGTERM);
    return 0;
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace walden
