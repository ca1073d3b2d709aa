// wal-fetch, failed at every system call: PostgreSQL gets the whole segment or nothing, and is
// never told that a segment is absent which is there. Without a worker.
#include "tests/crash/fault_series.h"
#include "tests/crash/stored_objects.h"
#include "tests/support/archive_host.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

constexpr SegmentSpec kStored{.number = 1, .size = 4U << 20U};
constexpr SegmentSpec kAbsent{.number = 2, .size = 4U << 20U};

class WalFetchCrash : public ::testing::TestWithParam<FaultKind> {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_FAULTS();
    host.configure("worker = \"off\"\nthreads = 1\nfetch_deadline = \"0\"");
    const auto path = write_segment(host.wal(), kStored);
    ASSERT_EQ(host.push_named(path.filename()).exit_code, 0);
    fs::remove(path);
    write_text(host.pgdata() / "recovery.signal", "");
  }

  Command prepare(const SegmentSpec& spec) {
    fs::remove(host.delivered());
    for (const auto& left : temporaries_in(host.folder())) fs::remove(left);
    return host.fetch({segment_file_name(spec), "pg_wal/RECOVERYXLOG"});
  }

  void expect_delivered() {
    ASSERT_TRUE(fs::exists(host.delivered()));
    EXPECT_TRUE(read_text(host.delivered()) == segment_content(kStored));
  }

  void check(const Fault& fault, const Outcome& outcome) {
    const bool killed_by_us = outcome.signal == SIGKILL;
    // 127: the fault met the loader of shared libraries. PostgreSQL stops for what is above 125.
    EXPECT_TRUE(killed_by_us || outcome.exit_code == 0 || outcome.exit_code == 255 ||
                outcome.exit_code == 127)
        << outcome.exit_code << outcome.err;
    if (outcome.exit_code == 255) {
      EXPECT_NE(outcome.err, "");
    }
    if (outcome.exit_code == 0 || fs::exists(host.delivered())) expect_delivered();
    if (!killed_by_us && !fault.call.starts_with("unlink")) {
      EXPECT_EQ(temporaries_in(host.folder()).size(), 0U);
    }
    EXPECT_LE(temporaries_in(host.folder()).size(), 1U);
    // As a recovery that begins again some time later does.
    fs::remove(host.delivered());
    age_temporaries_in(host.folder());
    const Outcome again = host.fetch_named(segment_file_name(kStored));
    EXPECT_EQ(again.exit_code, 0) << again.err;
    expect_delivered();
    EXPECT_EQ(temporaries_in(host.folder()).size(), 0U);
    EXPECT_EQ(open_every_object(host.store_directory()).size(), 2U);  // with the marker
  }

  ArchiveHost host;
};

TEST_P(WalFetchCrash, DeliversTheWholeSegmentOrStopsTheRecovery) {
  fail_at_each_call(
      GetParam(), {[this] { return prepare(kStored); },
                   [this](const Fault& fault, const Outcome& outcome) { check(fault, outcome); }});
}

INSTANTIATE_TEST_SUITE_P(Every, WalFetchCrash, ::testing::ValuesIn(every_kind()), name_of_test);

}  // namespace
}  // namespace walden::testing
