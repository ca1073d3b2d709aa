#include "common/worker/background.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <sstream>

#include "common/bytes/file_descriptor.h"
#include "tests/support/child_process.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::Each;
using ::testing::SizeIs;

class StartInBackground : public ::testing::Test {
 protected:
  // What a shell says of itself that was started in the background: `script` writes to "$1".
  std::vector<std::string> said_by(const std::string& script) {
    const fs::path said = folder_ / "said";
    fs::remove(said);
    const auto started = start_in_background(
        "/bin/sh", {"-c", script + " > \"$1.part\"; mv \"$1.part\" \"$1\"", "sh", said});
    EXPECT_TRUE(started) << started.error().cause;
    EXPECT_TRUE(testing::eventually([&] { return fs::exists(said); }));
    std::istringstream text(testing::read_text(said));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }
  testing::TemporaryDirectory folder_;
};

TEST_F(StartInBackground, HasASessionAndAGroupOfItsOwn) {
  const auto said = said_by("(cut -d ' ' -f 5 /proc/$$/stat; cut -d ' ' -f 6 /proc/$$/stat)");
  ASSERT_THAT(said, SizeIs(2));
  EXPECT_EQ(said[0], said[1]);
  EXPECT_NE(said[0], std::to_string(::getpgrp()));
  EXPECT_NE(said[1], std::to_string(::getsid(0)));
}

// Where PostgreSQL is process 1, an orphan becomes its child, and a child that fails restarts it.
TEST_F(StartInBackground, EndsWellHoweverTheProgramEnds) {
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  for (const auto* end : {"exit 255", "kill -9 $$"}) {
    ASSERT_TRUE(start_in_background("/bin/sh", {"-c", end}));
    int status = -1;
    ASSERT_GT(::waitpid(-1, &status, 0), 0);
    EXPECT_EQ(status, 0) << end;
  }
  ASSERT_TRUE(start_in_background("/nowhere/program", {}));
  int status = -1;
  ASSERT_GT(::waitpid(-1, &status, 0), 0);
  EXPECT_EQ(status, 0);
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

TEST_F(StartInBackground, HasNothingOpenButDevNull) {
  const FileDescriptor inherited(::open(folder_.path().c_str(), O_RDONLY | O_DIRECTORY));
  const FileDescriptor high(::fcntl(inherited.get(), F_DUPFD, 200));
  ASSERT_TRUE(high);
  // In a subshell: the redirection of its output is not the shell's own.
  const auto said =
      said_by("(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2 /proc/$$/fd/" +
              std::to_string(high.get()) + " /proc/$$/fd/" + std::to_string(inherited.get()) + ")");
  ASSERT_THAT(said, SizeIs(3));
  EXPECT_THAT(said, Each("/dev/null"));
}

TEST_F(StartInBackground, HasDirectoryAndEnvironmentOfTheCaller) {
  testing::Environment environment;
  environment.set("WALDEN_TEST_WORD", "passed on");
  fs::current_path(folder_.path());
  const auto said = said_by("(pwd; echo \"$WALDEN_TEST_WORD\")");
  fs::current_path("/");
  EXPECT_THAT(said, ::testing::ElementsAre(folder_.path().native(), "passed on"));
}

TEST_F(StartInBackground, CanBeToldToLeaveThoughTheCallerIgnoresThat) {
  const std::vector<int> signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  for (const int signal : signals) std::signal(signal, SIG_IGN);
  const auto said = said_by("grep SigIgn /proc/$$/status");
  for (const int signal : signals) std::signal(signal, SIG_DFL);
  ASSERT_THAT(said, SizeIs(1));
  const auto ignored = std::stoull(said[0].substr(said[0].find(':') + 1), nullptr, 16);
  for (const int signal : signals) EXPECT_EQ(ignored >> (signal - 1) & 1U, 0U) << signal;
}

TEST_F(StartInBackground, DoesNotTellWhetherTheProgramRuns) {
  EXPECT_TRUE(start_in_background(folder_ / "absent", {}));
}

TEST_F(StartInBackground, KnowsItsOwnProgram) {
  const auto own = own_program();
  ASSERT_TRUE(own);
  EXPECT_EQ(own->filename(), "worker_test");
}

}  // namespace
}  // namespace walden
