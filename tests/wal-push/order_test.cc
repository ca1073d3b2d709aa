// What is made durable before what, as the kernel is asked for it: a push that is acknowledged must
// survive a power failure, and no test can cut the power.
#include <gmock/gmock.h>

#include <algorithm>
#include <sstream>

#include "tests/support/archive_host.h"
#include "tests/support/injected_fault.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using testing::ArchiveHost;
using testing::Command;
using testing::Outcome;

class WalPushOrder : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::faults_can_be_injected()) GTEST_SKIP() << "strace cannot trace here";
    name_ = testing::write_segment(host.wal(), {.number = 1, .size = 1U << 20U}).filename();
    Command push = host.push({"pg_wal/" + name_, name_});
    const std::vector<std::string> strace = {"strace", "-f",
                                             "-qq",    "-y",
                                             "-s",     "4096",
                                             "-o",     host.folder() / "trace",
                                             "-e",     "trace=fsync,link,mkdir"};
    push.argv.insert(push.argv.begin(), strace.begin(), strace.end());
    push.environment["WALDEN_WORKER"] = "off";
    push.environment["ASAN_OPTIONS"] = "detect_leaks=0";
    const Outcome pushed = testing::run(push);
    ASSERT_EQ(pushed.exit_code, 0) << pushed.err;
    std::istringstream lines(testing::read_text(host.folder() / "trace"));
    for (std::string line; std::getline(lines, line);) {
      if (line.ends_with(" = 0")) calls_.push_back(line);
    }
  }

  // The first call at or behind `from` that holds all of `words`; the end where there is none.
  [[nodiscard]] std::size_t call(const std::vector<std::string>& words,
                                 std::size_t from = 0) const {
    for (std::size_t i = from; i < calls_.size(); ++i) {
      const auto holds = [&](const auto& word) {
        return calls_[i].find(word) != std::string::npos;
      };
      if (std::ranges::all_of(words, holds)) return i;
    }
    return calls_.size();
  }
  [[nodiscard]] std::size_t linked() const {
    return call({" link(", "\"" + host.object(name_).native() + "\""});
  }
  [[nodiscard]] std::size_t fsync_of(const fs::path& path, std::size_t from = 0) const {
    return call({" fsync(", "<" + path.native() + ">"}, from);
  }

  ArchiveHost host;
  std::string name_;
  std::vector<std::string> calls_;
};

TEST_F(WalPushOrder, MakesTheContentDurableBeforeItHasItsName) {
  ASSERT_LT(linked(), calls_.size());
  EXPECT_LT(call({" fsync(", "/.walden-tmp."}), linked());
}

TEST_F(WalPushOrder, MakesTheNameDurableBeforeItIsAcknowledged) {
  EXPECT_LT(fsync_of(host.object(name_).parent_path(), linked()), calls_.size());
}

TEST_F(WalPushOrder, MakesEveryNewDirectoryDurableBeforeAnythingLiesInIt) {
  int made = 0;
  for (fs::path path = host.object(name_).parent_path(); path != host.store_directory();
       path = path.parent_path()) {
    const std::size_t mkdir = call({" mkdir(", "\"" + path.native() + "\""});
    if (mkdir == calls_.size()) continue;  // the marker's own
    ++made;
    EXPECT_LT(fsync_of(path.parent_path(), mkdir), linked()) << path;
  }
  EXPECT_EQ(made, 4);  // system, wal, timeline, log
}

}  // namespace
}  // namespace walden
