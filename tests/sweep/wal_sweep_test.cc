// init, wal-push and wal-fetch with every call of the store going wrong once.
#include <gmock/gmock.h>

#include "common/archive/cluster_marker.h"
#include "tests/archive/memory_archive.h"
#include "tests/sweep/store_sweep.h"
#include "wal-fetch-worker/fetch_file.h"
#include "wal-push-worker/push_target.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using testing::FaultyStore;
using testing::SegmentSpec;
using testing::state_of;
using testing::StoreState;
using testing::sweep;
using testing::SweepCase;
using testing::Ways;

constexpr std::uint64_t kOtherSystem = 4711;
constexpr const char* kHistory = "00000002.history";
constexpr const char* kBackupLabel = "000000010000000000000001.00000028.backup";

SegmentSpec spec(std::uint64_t number = 1) {
  return {.number = number, .size = kMegabyte};
}

// Unmounted between the look at the marker and the upload, which then goes into the mount point.
class UnmountedStore final : public Store {
 public:
  explicit UnmountedStore(Store& mounted) : mounted_(mounted) {}
  [[nodiscard]] std::string describe() const override { return mounted_.describe(); }
  Result<std::unique_ptr<Upload>> create(std::string_view name) override {
    unmounted_ = true;
    return bare_.create(name);
  }
  Result<> read(std::string_view name, ByteRange range, ByteSink& sink) override {
    return store().read(name, range, sink);
  }
  Result<ObjectEntry> stat(std::string_view name) override { return store().stat(name); }
  Result<> list(const ListRequest& request, const Visitor& visit) override {
    return store().list(request, visit);
  }

 private:
  Store& store() { return unmounted_ ? bare_ : mounted_; }

  Store& mounted_;
  MemoryStore bare_;
  bool unmounted_ = false;
};

// A host with a data directory, and one file of each kind in its pg_wal.
class WalSweep : public MemoryArchive {
 protected:
  void SetUp() override {
    testing::write_control_file(pgdata_, kSystem);
    fs::create_directories(wal_);
    testing::write_segment(wal_, spec());
    fs::copy_file(wal_ / segment_, wal_ / partial_);
    testing::write_text(wal_ / kHistory, "1\t0/C000028\tno recovery target specified\n");
    testing::write_text(wal_ / kBackupLabel, "START WAL LOCATION: 0/1000028\n");
  }

  Result<> push(Store& to, const std::string& file) {
    PushTarget target{
        .store = std::make_unique<FaultyStore>(to, testing::StoreFault{}, to.may_be_unmounted()),
        .cluster = "orders",
        .sealing = {.threads = 1}};
    return push_file(target, wal_ / file, name(file), {.say = [](const std::string&) {}});
  }

  Result<std::string> fetch(Store& from, const std::string& file, const fs::path& pgdata) {
    const Source source{.store = std::make_unique<FaultyStore>(from, testing::StoreFault{},
                                                               from.may_be_unmounted()),
                        .cluster = "orders",
                        .opening = {.threads = 1}};
    BufferSink sink(64U << 20U);
    TRY(fetch_into(source, {name(file), pgdata}, sink));
    return std::string(text_of(sink.buffer()));
  }

  StoreState state(MemoryStore& of) { return state_of(of, archive.names()); }

  // Whatever went wrong: acknowledged is there, nothing is half there, the next try succeeds, and
  // one more changes nothing.
  void expect_push_converges(const std::string& file) {
    MemoryStore good;
    testing::copy_objects(store, good);
    ASSERT_TRUE(push(good, file));
    const StoreState before = state(store);
    const StoreState pushed = state(good);
    sweep(store, Ways::some, 7, [&](const SweepCase& run) {
      const auto first = push(run.faulty, file);
      const StoreState now = state(run.store);
      EXPECT_TRUE(now == before || now == pushed);
      if (first) {
        EXPECT_EQ(now, pushed) << "acknowledged, and not there";
      }
      for (int times = 0; times < 2; ++times) {
        const auto again = push(run.store, file);
        EXPECT_TRUE(again) << again.error().cause;
        EXPECT_EQ(state(run.store), pushed);
      }
    });
  }

  // Never anything but the right bytes, and never "not there": that opens the database. Only a
  // bucket's own positive word is believed; a directory is looked at twice.
  void expect_fetch_tells_the_truth(const std::string& file, const fs::path& pgdata) {
    const std::string content = testing::read_text(wal_ / file);
    const StoreState before = state(store);
    sweep(store, Ways::all, 1, [&](const SweepCase& run) {
      const auto fetched = fetch(run.faulty, file, pgdata);
      const bool bucket_says_absent =
          run.bucket && run.fault.kind == ErrorKind::absent &&
          run.faulty.struck().ends_with(archive.names().wal(name(file)));
      if (fetched) {
        EXPECT_TRUE(*fetched == content);
      } else if (!bucket_says_absent) {
        EXPECT_NE(fetched.error().kind, ErrorKind::absent) << fetched.error().cause;
      }
      EXPECT_TRUE(fetch(run.store, file, pgdata).value() == content);
      EXPECT_EQ(state(run.store), before);
    });
  }

  fs::path pgdata_ = folder / "pgdata";
  fs::path wal_ = pgdata_ / "pg_wal";
  std::string segment_ = segment_file_name(spec());
  std::string partial_ = segment_ + ".partial";
};

TEST_F(WalSweep, OfInitMakesTheMarkerOnceAndWhole) {
  MemoryStore empty;
  const ClusterMarker marker{"orders", kSystem, "2026-11-21"};
  sweep(empty, Ways::all, 1, [&](const SweepCase& run) {
    const auto first = create_marker(run.faulty, marker);
    if (first) {
      EXPECT_TRUE(read_marker(run.store, "orders")) << "set up, and without a marker";
    }
    for (int times = 0; times < 2; ++times) {
      EXPECT_TRUE(create_marker(run.store, marker));
      EXPECT_EQ(state(run.store), (StoreState{{marker_name("orders"), marker.to_json()}}));
    }
  });
}

TEST_F(WalSweep, OfInitInAnotherSystemsArchiveNeverSucceeds) {
  const StoreState before = state(store);
  sweep(store, Ways::all, 1, [&](const SweepCase& run) {
    EXPECT_FALSE(create_marker(run.faulty, {"orders", kOtherSystem, "2026-11-22"}));
    EXPECT_EQ(state(run.store), before);
  });
}

TEST_F(WalSweep, OfPushConvergesForEveryKindOfFile) {
  for (const std::string& file :
       {segment_, partial_, std::string(kHistory), std::string(kBackupLabel)}) {
    SCOPED_TRACE(file);
    expect_push_converges(file);
  }
}

TEST_F(WalSweep, OfPushConvergesWhereTheFileIsAlready) {
  ASSERT_TRUE(push(store, segment_));
  expect_push_converges(segment_);
}

TEST_F(WalSweep, OfPushOfOtherContentNeverSucceedsAndChangesNothing) {
  ASSERT_TRUE(push(store, segment_));
  SegmentSpec other = spec();
  other.fill = 1;
  testing::write_segment(wal_, other);
  const StoreState before = state(store);
  sweep(store, Ways::some, 1, [&](const SweepCase& run) {
    EXPECT_FALSE(push(run.faulty, segment_));
    EXPECT_EQ(push(run.store, segment_).error().kind, ErrorKind::exists);
    EXPECT_EQ(state(run.store), before);
  });
}

TEST_F(WalSweep, OfPushWithoutAMarkerNeverSucceedsInADirectory) {
  MemoryStore bare;
  sweep(bare, Ways::all, 1, [&](const SweepCase& run) {
    if (run.bucket) return;
    EXPECT_FALSE(push(run.faulty, segment_));
    EXPECT_FALSE(push(run.store, segment_));
    EXPECT_TRUE(state(run.store).empty());
  });
}

TEST_F(WalSweep, OfPushAcknowledgesNothingThatWentIntoABareMountPoint) {
  UnmountedStore unmounted(store);
  EXPECT_EQ(push(unmounted, segment_).error().kind, ErrorKind::configuration);
  EXPECT_TRUE(push(store, segment_));
}

TEST_F(WalSweep, OfFetchGivesTheRightBytesOrDoubt) {
  for (const std::string& file : {segment_, partial_, std::string(kHistory)}) {
    SCOPED_TRACE(file);
    ASSERT_TRUE(push(store, file));
    expect_fetch_tells_the_truth(file, pgdata_);
    expect_fetch_tells_the_truth(file, folder / "by hand");  // without a pg_control
  }
}

TEST_F(WalSweep, OfFetchOfWhatIsNotThereNeverDelivers) {
  sweep(store, Ways::all, 1, [&](const SweepCase& run) {
    EXPECT_FALSE(fetch(run.faulty, segment_, pgdata_));
    EXPECT_EQ(fetch(run.store, segment_, pgdata_).error().kind, ErrorKind::absent);
  });
}

TEST_F(WalSweep, OfFetchNeverTakesAnotherSystemsArchiveOrNoneForProof) {
  const fs::path other = folder / "other";
  testing::write_control_file(other, kOtherSystem);
  sweep(store, Ways::all, 1, [&](const SweepCase& run) {
    EXPECT_NE(fetch(run.faulty, segment_, other).error().kind, ErrorKind::absent);
  });
  MemoryStore bare;
  sweep(bare, Ways::all, 1, [&](const SweepCase& run) {
    EXPECT_NE(fetch(run.faulty, segment_, pgdata_).error().kind, ErrorKind::absent);
  });
}

}  // namespace
}  // namespace walden
