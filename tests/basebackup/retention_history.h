// An archive's facts made by hand or at random, for tests of what stays.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "basebackup/retention.h"

namespace walden::testing {

inline constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
inline constexpr std::int64_t kDaySeconds = 86'400;

[[nodiscard]] Instant at(std::string_view text);  // "2026-11-21 03:17"
[[nodiscard]] Instant seconds_after(Instant time, std::int64_t seconds);

// Segments of 16 MB, `segment` counted over all logs.
[[nodiscard]] WalPlace place(std::uint64_t segment);

// Of one segment, complete, named after its time and place.
[[nodiscard]] BackupFacts backup_at(Instant started, std::uint64_t segment, Timeline timeline = 1);

// One run for each log; stored at `newest`.
void add_wal(RetentionFacts& facts, Timeline timeline, std::uint64_t first, std::uint64_t last,
             Instant newest);

// One backup a day from `first` on at 03:00, one segment before each, and WAL as it came.
[[nodiscard]] RetentionFacts daily_backups(Instant first, int days);

[[nodiscard]] std::vector<std::string> staying(const RetentionPlan& plan);  // "2026-11-21" of each
[[nodiscard]] const PlannedBackup& planned(const RetentionPlan& plan, const std::string& id);
// Does every segment of the stretch stay?
[[nodiscard]] bool wal_stays(const RetentionPlan& plan, Timeline timeline, std::uint64_t first,
                             std::uint64_t last);

}  // namespace walden::testing
