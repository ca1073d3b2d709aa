// What is left of a push when the disk or the host fails in the middle of it.
#include <gmock/gmock.h>

#include <csignal>

#include "tests/support/archive_host.h"
#include "tests/support/injected_fault.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::Outcome;
using testing::with_fault;

class WalPushUnderFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::faults_can_be_injected()) GTEST_SKIP() << "strace cannot trace here";
  }
  std::string segment(std::uint64_t number = 1) {
    return testing::write_segment(host.wal(), {.number = number, .size = 1U << 20U}).filename();
  }
  Outcome push_with_fault(const std::string& name, const std::string& fault) {
    return testing::run(with_fault(host.push({"pg_wal/" + name, name}), fault));
  }
  testing::ArchiveHost host;
};

TEST_F(WalPushUnderFaults, FailsOnAFullDiskAndLeavesNothing) {
  if (!testing::kWritesAreOurs) GTEST_SKIP() << "the sanitizer writes as well";
  const std::string name = segment();
  const Outcome pushed = push_with_fault(name, "write:error=ENOSPC:when=1");
  EXPECT_EQ(pushed.exit_code, 1);
  EXPECT_THAT(pushed.err, HasSubstr("df -h"));
  EXPECT_FALSE(fs::exists(host.object(name)));
  EXPECT_EQ(host.temporaries(), 0);
}

TEST_F(WalPushUnderFaults, IsNotDurableWithoutEveryFsync) {
  int failures = 0;
  for (int call = 1;; ++call) {
    const std::string name = segment(static_cast<std::uint64_t>(call));
    const Outcome pushed = push_with_fault(name, "fsync:error=EIO:when=" + std::to_string(call));
    if (pushed.exit_code == 0) break;
    EXPECT_EQ(pushed.exit_code, 1);
    ++failures;
    fs::remove_all(host.object(name).parent_path().parent_path());  // the next makes them again
    ASSERT_LT(call, 20);
  }
  EXPECT_GE(failures, 2);  // the file, and the directory it is in
}

TEST_F(WalPushUnderFaults, AcknowledgesWhatAnotherStoredOnlyWithAnFsync) {
  const std::string name = segment();
  ASSERT_EQ(host.push_named(name).exit_code, 0);
  EXPECT_EQ(push_with_fault(name, "fsync:error=EIO").exit_code, 1);
  EXPECT_EQ(host.push_named(name).exit_code, 0);
}

TEST_F(WalPushUnderFaults, IsDoneAgainAfterACrashAtAnyMoment) {
  std::uint64_t crashes = 0;
  for (const auto* call : {"write", "fsync", "link"}) {
    for (int n = 1;; ++n) {
      const std::string name = segment(100 + crashes);
      const std::string fault = std::string(call) + ":signal=KILL:when=" + std::to_string(n);
      const Outcome crashed = push_with_fault(name, fault);
      EXPECT_EQ(host.push_named(name).exit_code, 0) << fault;
      EXPECT_EQ(host.push_named(name).exit_code, 0) << fault;  // compares what is there
      if (crashed.signal != SIGKILL) break;
      ++crashes;
      ASSERT_LT(n, 200);  // the sanitizer writes as well, for each library that it loads
    }
  }
  EXPECT_GE(crashes, 4U);
}

TEST_F(WalPushUnderFaults, BringsAPushToItsEndWhenToldToStop) {
  for (const auto* signal : {"TERM", "INT", "PIPE"}) {
    fs::remove_all(host.store_directory() / "orders" / std::to_string(testing::kSystem));
    const std::string name = segment();
    const Outcome pushed = push_with_fault(name, std::string("write:signal=") + signal + ":when=1");
    EXPECT_EQ(pushed.exit_code, 0) << signal << pushed.signal << pushed.err;
    EXPECT_TRUE(fs::exists(host.object(name)));
  }
}

}  // namespace
}  // namespace walden
