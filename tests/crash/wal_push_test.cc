// wal-push, failed at every system call: what it has acknowledged is there, what is there is whole,
// and asked again it succeeds. Without a worker.
#include "tests/crash/fault_series.h"
#include "tests/crash/stored_objects.h"
#include "tests/support/archive_host.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

// Four frames. In a log of its own, so that there are directories to be made.
constexpr SegmentSpec kFirst{.number = 1, .size = 4U << 20U};
constexpr SegmentSpec kNext{.number = 1025, .size = 4U << 20U, .fill = 0x33};
constexpr SegmentSpec kLast{.number = 1026, .size = 4U << 20U};

class WalPushCrash : public ::testing::TestWithParam<FaultKind> {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_FAULTS();
    host.configure("worker = \"off\"\nthreads = 1");
    for (const auto& spec : {kFirst, kNext, kLast}) {
      digests_[segment_file_name(spec)] = Sha256::of(bytes_of(segment_content(spec)));
      write_segment(host.wal(), spec);
    }
    acknowledge(kFirst);
    keep_store();
  }

  void keep_store() { fs::copy(host.store_directory(), kept(), fs::copy_options::recursive); }
  [[nodiscard]] fs::path kept() const { return host.folder() / "kept"; }

  // Asked to store kNext, with the store as it was kept.
  Command prepare() {
    fs::remove_all(host.store_directory());
    fs::copy(kept(), host.store_directory(), fs::copy_options::recursive);
    const std::string name = segment_file_name(kNext);
    return host.push({"pg_wal/" + name, name});
  }

  void acknowledge(const SegmentSpec& spec) {
    const Outcome pushed = host.push_named(segment_file_name(spec));
    EXPECT_EQ(pushed.exit_code, 0) << pushed.err;
  }

  // Everything in the store is whole and is what its name says, and these are in it.
  void expect_stored(const std::vector<SegmentSpec>& acknowledged) {
    const auto objects = open_every_object(host.store_directory());
    for (const auto& [name, digest] : objects) {
      if (name.ends_with("cluster.json")) continue;
      EXPECT_EQ(digest, digests_.at(fs::path(name).filename())) << name;
    }
    for (const auto& spec : acknowledged) {
      const auto path = host.object(segment_file_name(spec));
      EXPECT_EQ(objects.count(path.lexically_relative(host.store_directory())), 1U) << path;
    }
  }

  void check(const Fault& fault, const Outcome& outcome) {
    const bool killed_by_us = outcome.signal == SIGKILL;
    // 127: the fault met the loader of shared libraries, before the program began.
    EXPECT_TRUE(killed_by_us || outcome.exit_code == 0 || outcome.exit_code == 1 ||
                outcome.exit_code == 127)
        << outcome.exit_code << outcome.err;
    if (outcome.exit_code == 1) {
      EXPECT_NE(outcome.err, "");
    }
    if (outcome.exit_code == 0) {
      expect_stored({kFirst, kNext});
    } else {
      expect_stored({kFirst});
    }
    if (!killed_by_us && !fault.call.starts_with("unlink")) {
      EXPECT_EQ(temporaries_in(host.folder()).size(), 0U);
    }
    acknowledge(kNext);
    expect_stored({kFirst, kNext});
    // What the crash has left is removed by the next push into that directory, 15 minutes later.
    EXPECT_LE(temporaries_in(host.folder()).size(), 1U);
    if (temporaries_in(host.folder()).empty()) return;
    age_temporaries_in(host.folder());
    acknowledge(kLast);
    EXPECT_EQ(temporaries_in(host.folder()).size(), 0U);
    expect_stored({kFirst, kNext, kLast});
  }

  FaultSeries series() {
    return {[this] { return prepare(); },
            [this](const Fault& fault, const Outcome& outcome) { check(fault, outcome); }};
  }

  ArchiveHost host;
  std::map<std::string, Digest> digests_;
};

TEST_P(WalPushCrash, LosesNothingThatWasAcknowledged) {
  fail_at_each_call(GetParam(), series());
}

// The second time it compares what is there.
TEST_P(WalPushCrash, OfASegmentThatIsThereLeavesItThere) {
  acknowledge(kNext);
  fs::remove_all(kept());
  keep_store();
  fail_at_each_call(GetParam(),
                    {[this] { return prepare(); },
                     [this](const Fault& fault, const Outcome& outcome) {
                       expect_stored({kFirst, kNext});
                       check(fault, outcome);
                     }},
                    Sample::narrow);
}

INSTANTIATE_TEST_SUITE_P(Every, WalPushCrash, ::testing::ValuesIn(every_kind()), name_of_test);

}  // namespace
}  // namespace walden::testing
