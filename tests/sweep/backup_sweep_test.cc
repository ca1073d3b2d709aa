// The store's part of basebackup push, list, verify and restore with every call of the store going
// wrong once.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "basebackup/backup_recorder.h"
#include "basebackup/catalog.h"
#include "basebackup/list_text.h"
#include "basebackup/restore_candidates.h"
#include "basebackup/restore_run.h"
#include "basebackup/verify_packs.h"
#include "basebackup/verify_wal.h"
#include "basebackup/wal_proof.h"
#include "tests/basebackup/commit_segments.h"
#include "tests/basebackup/sample_backup.h"
#include "tests/postgres/tar_stream.h"
#include "tests/sweep/store_sweep.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using testing::state_of;
using testing::StoreState;
using testing::sweep;
using testing::SweepCase;
using testing::TarEntry;
using testing::Ways;

constexpr const char* kFirst = "20261121T030000Z-tl1-02";
constexpr const char* kSecond = "20261121T040000Z-tl1-02";

// What a restore made, path by path. Comments hold the time of day.
using Tree = std::map<std::string, std::string>;

std::string without_comments(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with('#')) text += line + "\n";
  }
  return text;
}

Tree tree_below(const fs::path& folder) {
  Tree tree;
  if (!fs::exists(folder)) return tree;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().lexically_relative(folder);
    tree[path] = entry.is_directory() ? "a directory" : without_comments(entry.path());
  }
  return tree;
}

// Segments 2 to 4, a transaction in each; a backup needs the first two.
class BackupSweep : public CommitArchive {
 protected:
  void SetUp() override {
    for (std::uint64_t number = 2; number <= 4; ++number) archive_minute(number);
    ASSERT_FALSE(HasFatalFailure());
  }

  static BackupSummary summary_of(const std::string& id) {
    return backup(id, 2, 3, Instant{minute(3).microseconds + 1});
  }

  // What take_backup() does once the server sends.
  Result<> take(Store& to, const std::string& id) {
    const Sealing sealing{.threads = 1};
    const ObjectNames& names = archive.names();
    BackupRecorder recorder(
        [&](const BackupStart&) -> Result<std::unique_ptr<PackWriter>> {
          return std::make_unique<PackWriter>(to, names, id, sealing, 1U << 20U);
        },
        [](std::uint64_t) {}, [] {});
    TRY(send(recorder));
    auto recorded = TRY(recorder.finish());
    BackupSummary summary = summary_of(id);
    summary.database_size = recorded.database_size;
    summary.file_count = recorded.file_count;
    summary.pack_count = static_cast<std::uint32_t>(recorded.packs.size());
    WalArchive to_archive(to, names);
    const auto needed = wal_needed(1, summary.start, summary.stop, summary.segment_size);
    TRY(prove_wal(to_archive, needed, {.deadline = std::chrono::seconds(0)}, cancel_));
    return write_recorded_manifest(to, names, summary, recorded, sealing);
  }

  // A file of three frames: noise, which neither a pack nor a frame can make small.
  static std::string tar() {
    std::string large((2U << 20U) + 1, '\0');
    std::uint32_t seed = 1;
    for (char& c : large) {
      seed = seed * 1664525U + 1013904223U;
      c = static_cast<char>(seed >> 24U);
    }
    std::string tar;
    for (const auto& entry :
         {TarEntry{.path = "global", .type = '5', .mode = 0700},
          TarEntry{.path = "base", .type = '5', .mode = 0700},
          TarEntry{.path = "base/1259", .content = large},
          TarEntry{.path = "PG_VERSION", .content = "15\n"},
          TarEntry{.path = "postgresql.auto.conf", .content = "work_mem = 8MB\n"},
          TarEntry{.path = "global/pg_control", .content = std::string(8192, 'c')}}) {
      tar += testing::tar_member(entry);
    }
    return tar + testing::kTarEnd;
  }

  static Result<> send(BackupRecorder& recorder) {
    static const std::string kTar = tar();
    const BackupTablespace main{};
    TRY(recorder.started({.lsn = {}, .timeline = 1, .tablespaces = {main}}));
    TRY(recorder.begin_archive(main));
    TRY(recorder.archive_data(bytes_of(kTar)));
    TRY(recorder.end_archive());
    return recorder.manifest_data(bytes_of("{}"));
  }

  // As list prints it.
  Result<std::string> list(Store& of) {
    auto window = TRY(read_recovery_window(of, archive.names(), {}, cancel_));
    return list_text({"orders", kSystem, "memory:", std::move(window), false, {}}, minute(20));
  }

  struct Verified {
    Verification::Counts counts;
    bool good = false;
  };
  Result<Verified> verify(Store& of, const std::string& id) {
    const Opening opening{.threads = 1};
    WalArchive wal(of, archive.names());
    Verification verification;
    const auto manifest = TRY(ManifestFile::open(of, archive.names(), id, opening));
    TRY(verify_packs({.store = of,
                      .names = archive.names(),
                      .opening = opening,
                      .manifest = manifest,
                      .advance = [](std::uint64_t) {},
                      .cancel = cancel_},
                     verification));
    auto timelines = TRY(TimelineChooser::create(wal, opening, "latest"));
    const auto history = TRY(timelines.history_for(manifest.summary()));
    TRY(verify_wal({.archive = wal,
                    .opening = opening,
                    .threads = 1,
                    .telling = [](const WalName&) {},
                    .cancel = cancel_},
                   manifest.summary(), history, verification));
    return Verified{verification.counts(), verification.problems().empty()};
  }
  bool is_good(MemoryStore& of, const std::string& id) {
    const auto verified = verify(of, id);
    return verified && verified->good;
  }

  // From the archive to the data directory, as restore goes about it.
  Result<> restore(Store& from, const fs::path& pgdata, Over over = Over::nothing) {
    const Opening opening{.threads = 1};
    const ObjectNames& names = archive.names();
    WalArchive wal(from, names);
    auto timelines = TRY(TimelineChooser::create(wal, opening, "latest"));
    const auto candidates = TRY(find_candidates(from, names, opening, timelines, ""));
    const RestoreTarget latest;
    ReplayPlanner planner(wal, opening, latest, cancel_);
    Replay replay = TRY(planner.plan(candidates.newest_first));
    RestorePlace place = TRY(check_place(pgdata, {}, replay.from.backup, over));
    const RestorePlan plan{.cluster = "orders",
                           .target = latest,
                           .replay = std::move(replay),
                           .place = std::move(place),
                           .over = over,
                           .timeline_setting = "latest",
                           .restore_command = "wal-fetch %f %p"};
    const auto manifest = TRY(ManifestFile::open(from, names, plan.replay.from.backup.id, opening));
    TRY(run_restore(from, names, opening, plan, manifest, 1, cancel_));
    return {};
  }

  StoreState state(MemoryStore& of) { return state_of(of, archive.names()); }

  std::atomic<bool> cancel_ = false;
};

// Acknowledged, it can be restored; failed, nothing is shown as a backup that cannot be; and a new
// one succeeds.
TEST_F(BackupSweep, OfPushLeavesAWholeBackupOrNone) {
  sweep(store, Ways::some, 20, [&](const SweepCase& run) {
    const auto first = take(run.faulty, kFirst);
    (void)state(run.store);  // fails where an object is not whole
    if (first) {
      EXPECT_TRUE(is_good(run.store, kFirst)) << "acknowledged, and not good";
    }
    const auto again = take(run.store, kSecond);
    ASSERT_TRUE(again) << again.error().cause;
    const auto catalog = read_catalog(run.store, archive.names(), {});
    ASSERT_TRUE(catalog);
    for (const auto& entry : catalog->backups) {
      EXPECT_TRUE(is_good(run.store, entry.id)) << entry.id << " is shown, and not good";
    }
    EXPECT_EQ(catalog->backups.back().id, kSecond);
  });
}

TEST_F(BackupSweep, OfPushUnderTheNameOfAnotherChangesNothing) {
  ASSERT_TRUE(take(store, kFirst));
  const StoreState before = state(store);
  sweep(store, Ways::some, 3, [&](const SweepCase& run) {
    EXPECT_FALSE(take(run.faulty, kFirst));
    EXPECT_FALSE(take(run.store, kFirst));
    EXPECT_EQ(state(run.store), before);
  });
}

TEST_F(BackupSweep, OfPushWithoutItsWalNeverMakesABackup) {
  lose_segment(3);
  sweep(store, Ways::some, 15, [&](const SweepCase& run) {
    EXPECT_FALSE(take(run.faulty, kFirst));
    EXPECT_FALSE(take(run.store, kSecond));
    EXPECT_TRUE(read_catalog(run.store, archive.names(), {})->backups.empty());
  });
}

// A damaged or unreadable manifest is shown as what it is; any other fault ends it.
TEST_F(BackupSweep, OfListShowsAllOrFailsOrNamesWhatItCouldNotRead) {
  ASSERT_TRUE(take(store, kFirst));
  const std::string all = list(store).value();
  const StoreState before = state(store);
  sweep(store, Ways::all, 8, [&](const SweepCase& run) {
    const auto listed = list(run.faulty);
    const bool shown_as_such =
        run.fault.kind == ErrorKind::corrupt || run.fault.kind == ErrorKind::configuration;
    if (listed && !shown_as_such) {
      EXPECT_EQ(*listed, all);
    }
    if (listed) {
      EXPECT_THAT(*listed, ::testing::HasSubstr(kFirst));
    }
    EXPECT_EQ(list(run.store).value(), all);
    EXPECT_EQ(state(run.store), before);
  });
}

TEST_F(BackupSweep, OfVerifyNeverCallsGoodWhatItDidNotRead) {
  ASSERT_TRUE(take(store, kFirst));
  const auto all = verify(store, kFirst).value();
  ASSERT_TRUE(all.good);
  const StoreState before = state(store);
  sweep(store, Ways::some, 8, [&](const SweepCase& run) {
    const auto verified = verify(run.faulty, kFirst);
    if (verified && verified->good) {
      EXPECT_EQ(verified->counts.packs, all.counts.packs);
      EXPECT_EQ(verified->counts.file_bytes, all.counts.file_bytes);
      EXPECT_EQ(verified->counts.segments, all.counts.segments);
    }
    EXPECT_TRUE(is_good(run.store, kFirst));
    EXPECT_EQ(state(run.store), before);
  });
}

// What is left of one that failed has no control file, and the next goes on with it.
TEST_F(BackupSweep, OfRestoreMakesTheWholeDirectoryOrOneToGoOnWith) {
  ASSERT_TRUE(take(store, kFirst));
  const auto restored = restore(store, folder / "good");
  ASSERT_TRUE(restored) << restored.error().cause;
  const Tree whole = tree_below(folder / "good");
  for (const auto* path : {"base/1259", "PG_VERSION", "global/pg_control", "recovery.signal"}) {
    EXPECT_TRUE(whole.contains(path)) << path;
  }
  const StoreState before = state(store);
  const fs::path pgdata = folder / "pgdata";
  sweep(store, Ways::some, 12, [&](const SweepCase& run) {
    const auto first = restore(run.faulty, pgdata);
    const Tree left = tree_below(pgdata);
    if (first) {
      EXPECT_EQ(left, whole);
    } else {
      EXPECT_FALSE(left.contains("global/pg_control"));
      if (first.error().kind == ErrorKind::corrupt || first.error().kind == ErrorKind::absent) {
        EXPECT_EQ(left, Tree{}) << "of a backup that is of no use";
      }
      const auto again = restore(run.store, pgdata, Over::cut_off_restore);
      ASSERT_TRUE(again) << again.error().cause;
      EXPECT_EQ(tree_below(pgdata), whole);
    }
    EXPECT_FALSE(restore(run.store, pgdata)) << "over one that is there";
    EXPECT_EQ(tree_below(pgdata), whole);
    fs::remove_all(pgdata);
    EXPECT_EQ(state(run.store), before);
  });
}

}  // namespace
}  // namespace walden
