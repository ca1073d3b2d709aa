#include "tests/basebackup/retention_history.h"

#include <algorithm>
#include <stdexcept>

#include "common/archive/object_names.h"
#include "common/program/human.h"

namespace walden::testing {
namespace {

constexpr std::uint32_t kSegmentSize = 16U << 20U;
constexpr std::uint64_t kPerLog = 256;

}  // namespace

Instant at(std::string_view text) {
  return parse_time(std::string(text) + ":00Z").value().time;
}

Instant seconds_after(Instant time, std::int64_t seconds) {
  return {time.microseconds + seconds * kMicrosecondsPerSecond};
}

WalPlace place(std::uint64_t segment) {
  return {((segment / kPerLog) << 32U) | (segment % kPerLog)};
}

BackupFacts backup_at(Instant started, std::uint64_t segment, Timeline timeline) {
  BackupFacts backup;
  backup.id = backup_id(started.microseconds / kMicrosecondsPerSecond, timeline,
                        Lsn{segment * kSegmentSize}, kSegmentSize);
  backup.timeline = timeline;
  backup.first = place(segment);
  backup.last = place(segment);
  backup.started = started;
  backup.stopped = seconds_after(started, 600);
  backup.committed = seconds_after(started, 601);
  backup.stored = 1000;
  backup.complete = true;
  return backup;
}

void add_wal(RetentionFacts& facts, Timeline timeline, std::uint64_t first, std::uint64_t last,
             Instant newest) {
  while (first <= last) {
    const std::uint64_t end = std::min(last, first / kPerLog * kPerLog + kPerLog - 1);
    facts.wal.push_back({timeline, place(first), place(end), (end - first + 1) * 10, newest});
    first = end + 1;
  }
}

RetentionFacts daily_backups(Instant first, int days) {
  constexpr std::uint64_t kSegmentsPerDay = 10;
  RetentionFacts facts;
  facts.segment_size = kSegmentSize;
  for (int day = 0; day < days; ++day) {
    const Instant begin = seconds_after(first, day * kDaySeconds);
    const std::uint64_t segment = (static_cast<std::uint64_t>(day) + 1) * kSegmentsPerDay;
    facts.backups.push_back(backup_at(begin, segment));
    add_wal(facts, 1, segment, segment + kSegmentsPerDay - 1, seconds_after(begin, 80'000));
  }
  return facts;
}

std::vector<std::string> staying(const RetentionPlan& plan) {
  std::vector<std::string> days;
  for (const auto& backup : plan.backups) {
    if (!backup.goes()) days.push_back(utc_time(backup.facts.started).substr(0, 10));
  }
  return days;
}

const PlannedBackup& planned(const RetentionPlan& plan, const std::string& id) {
  const auto found = std::ranges::find_if(
      plan.backups, [&](const PlannedBackup& backup) { return backup.facts.id == id; });
  if (found == plan.backups.end()) throw std::runtime_error("no backup " + id);
  return *found;
}

bool wal_stays(const RetentionPlan& plan, Timeline timeline, std::uint64_t first,
               std::uint64_t last) {
  for (std::uint64_t segment = first; segment <= last; ++segment) {
    const auto found = std::ranges::find_if(plan.wal, [&](const PlannedWal& wal) {
      return wal.run.timeline == timeline && wal.run.first <= place(segment) &&
             place(segment) <= wal.run.last;
    });
    if (found == plan.wal.end() || found->goes()) return false;
  }
  return true;
}

}  // namespace walden::testing
