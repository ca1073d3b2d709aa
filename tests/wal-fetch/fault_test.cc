// What is left of a fetch when the disk fails or a signal comes in the middle of it.
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

class WalFetchUnderFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!testing::faults_can_be_injected()) GTEST_SKIP() << "strace cannot trace here";
    name = testing::write_segment(host.wal(), {}).filename();
    ASSERT_EQ(host.push_named(name).exit_code, 0);
    fs::remove(host.wal() / name);
  }
  Outcome fetch_with_fault(const std::string& fault) {
    return testing::run(
        with_fault(host.fetch({"--fetch-deadline", "0", name, "pg_wal/RECOVERYXLOG"}), fault));
  }
  testing::ArchiveHost host;
  std::string name;
};

TEST_F(WalFetchUnderFaults, StopsRecoveryOnAFullDiskAndLeavesNothing) {
  if (!testing::kWritesAreOurs) GTEST_SKIP() << "the sanitizer writes as well";
  const Outcome fetched = fetch_with_fault("write:error=ENOSPC:when=1");
  EXPECT_EQ(fetched.exit_code, 255);
  EXPECT_THAT(fetched.err, HasSubstr("df -h"));
  EXPECT_FALSE(fs::exists(host.delivered()));
  EXPECT_EQ(host.temporaries(), 0);
}

TEST_F(WalFetchUnderFaults, StopsRecoveryWhenTheFileCannotBePutIntoPlace) {
  const Outcome fetched = fetch_with_fault("rename:error=EIO");
  EXPECT_EQ(fetched.exit_code, 255);
  EXPECT_FALSE(fs::exists(host.delivered()));
  EXPECT_EQ(host.temporaries(), 0);
}

TEST_F(WalFetchUnderFaults, DiesOfASignalInTheMiddleAndLeavesNothing) {
  for (const auto* fault :
       {"flock:signal=TERM:when=1", "write:signal=TERM:when=1", "write:signal=TERM:when=9"}) {
    const Outcome fetched = fetch_with_fault(fault);
    EXPECT_EQ(fetched.signal, SIGTERM) << fault << fetched.exit_code << fetched.err;
    EXPECT_FALSE(fs::exists(host.delivered()));
    EXPECT_EQ(host.temporaries(), 0) << fault;
  }
}

TEST_F(WalFetchUnderFaults, LeavesNothingWhenASignalComesAsItGivesUp) {
  testing::damage(host.object(name));
  const Outcome fetched = fetch_with_fault("unlink:signal=TERM:when=1");
  EXPECT_EQ(fetched.signal, SIGTERM) << fetched.exit_code << fetched.err;
  EXPECT_EQ(host.temporaries(), 0);
}

TEST_F(WalFetchUnderFaults, TidiesUpAfterAKilledPredecessor) {
  EXPECT_EQ(fetch_with_fault("flock:signal=KILL:when=1").signal, SIGKILL);
  ASSERT_EQ(host.temporaries(), 1);
  for (const auto& entry : fs::directory_iterator(host.wal())) {
    if (!entry.path().filename().native().starts_with('.')) continue;
    fs::last_write_time(entry, fs::file_time_type::clock::now() - std::chrono::hours(1));
  }
  EXPECT_EQ(host.fetch_named(name).exit_code, 0);
  EXPECT_EQ(host.temporaries(), 0);
}

}  // namespace
}  // namespace walden
