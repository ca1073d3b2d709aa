// An archive in memory with backups, their outlines and WAL, under a clock of its own.
#pragma once

#include <gtest/gtest.h>

#include "basebackup/expire_run.h"
#include "basebackup/outline.h"
#include "common/store/memory_eraser.h"
#include "common/store/memory_store.h"
#include "tests/basebackup/retention_history.h"
#include "tests/basebackup/sample_backup.h"

namespace walden::testing {

struct ExpiredArchive {
  static constexpr std::uint32_t kSize = 16U << 20U;

  explicit ExpiredArchive(Sealing how = {}) : sealing(std::move(how)) {}

  std::string take(Instant started, std::uint64_t segment,
                   const std::vector<std::string>& references = {}, bool with_outline = true) {
    clock = seconds_after(started, 600).microseconds / kMicrosecondsPerSecond;
    BackupSummary summary = sample_summary();
    summary.start = Lsn{segment * kSize + 0x28};
    summary.stop = Lsn{segment * kSize + 0x100};
    summary.started = started;
    summary.stopped = seconds_after(started, 600);
    summary.id = backup_id(started.microseconds / kMicrosecondsPerSecond, 1, summary.start, kSize);
    summary.references = references;
    if (with_outline) {
      EXPECT_TRUE(write_outline(store, names,
                                outline_of(summary, TimelineHistory::without_parents(1)), sealing));
    }
    store_sample_backup(store, summary, {{"PG_VERSION", "15\n"}, {"base/1/1", "rows"}}, sealing,
                        10);
    return summary.id;
  }

  void archive(std::uint64_t first, std::uint64_t last, Instant time) {
    clock = time.microseconds / kMicrosecondsPerSecond;
    for (; first <= last; ++first) {
      put(names.wal(segment_name(1, SegmentNumber{first}, kSize)));
    }
  }
  void put(const std::string& name) { EXPECT_TRUE(create_object(store, name, bytes_of("x"))); }

  // `days` daily backups from 2026-11-01 on; each but the first refers to the one before it.
  std::vector<std::string> take_daily(int days) {
    std::vector<std::string> ids;
    for (int day = 0; day < days; ++day) {
      const Instant begin = seconds_after(at("2026-11-01 03:00"), day * kDaySeconds);
      const auto segment = static_cast<std::uint64_t>(day) * 3 + 10;
      archive(segment, segment + 2, begin);
      ids.push_back(
          take(begin, segment, ids.empty() ? std::vector<std::string>{} : std::vector{ids.back()}));
    }
    return ids;
  }

  [[nodiscard]] std::vector<std::string> objects() {
    std::vector<std::string> found;
    EXPECT_TRUE(store.list({}, [&](const ObjectEntry& entry) -> Result<> {
      found.push_back(entry.name);
      return {};
    }));
    return found;
  }
  [[nodiscard]] bool has(const std::string& name) { return store.stat(name).has_value(); }

  std::int64_t clock = 0;
  MemoryStore store{[this] { return clock; }};
  MemoryEraser eraser{store};
  ObjectNames names = names_of(sample_summary());
  Sealing sealing;
  Opening opening{};
  std::atomic<bool> cancel = false;
};

}  // namespace walden::testing
