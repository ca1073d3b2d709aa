// What recovery will replay for a target: from which backup, along which timeline, up to where;
// with the proof that all of it is in the archive, or for a backup's own end in the backup.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/manifest.h"
#include "basebackup/restore_target.h"
#include "basebackup/restore_timeline.h"
#include "basebackup/wal_events.h"

namespace walden {

// A backup that recovery could start from: it lies on the way to the timeline that is wanted.
struct Candidate {
  BackupSummary backup;
  TimelineHistory history;
};

struct Replay {
  Candidate from;
  SegmentRange needed;  // all there, proven
  // Where recovery stops, or for the latest target the newest transaction, as far as it is known.
  struct Stop {
    Lsn lsn;
    std::optional<Instant> time;
  };
  std::optional<Stop> stop;
  // What recovery is told instead of a time that it would wait for in vain: all of the archive is
  // earlier, though it is proven to go on to that time.
  std::optional<RestoreTarget> instead = std::nullopt;
  bool wal_in_backup = false;  // all that is needed: nothing of the archive's is
  // Why the newest WAL could not be looked into: it is there, and damaged. Recovery stops at it.
  std::optional<Error> unread = std::nullopt;
  // Of the latest target: in how many of the last segments the newest transaction was looked for.
  std::uint64_t searched = 0;
};

class ReplayPlanner {
 public:
  // References must outlive it. `telling` gets each segment that is searched.
  ReplayPlanner(WalArchive& archive, const Opening& opening, const RestoreTarget& target,
                const std::atomic<bool>& cancel, std::function<void(const WalName&)> telling = {});

  // `candidates`: newest first, at least one. The newest one that can reach the target is taken.
  // Refused: a target before the oldest candidate's end, or after the newest WAL, or that the WAL
  // does not hold; a segment that is missing before it, named, with the last moment before it.
  [[nodiscard]] Result<Replay> plan(const std::vector<Candidate>& candidates);

 private:
  struct Reach;
  [[nodiscard]] Result<Reach> reach_of(const Candidate& candidate);
  [[nodiscard]] WalEvents events_of(const Candidate& candidate);

  [[nodiscard]] Result<Replay> plan_latest(const Candidate& candidate);
  [[nodiscard]] Result<Replay> plan_immediate(const Candidate& candidate);
  [[nodiscard]] Result<Replay> plan_time(const std::vector<Candidate>& candidates);
  [[nodiscard]] Result<Replay> plan_lsn(const std::vector<Candidate>& candidates);
  [[nodiscard]] Result<Replay> plan_event(const std::vector<Candidate>& candidates);

  [[nodiscard]] Result<bool> consistent_before(const Candidate& candidate, Instant time);
  [[nodiscard]] Result<Replay> prove_time(const Candidate& candidate,
                                          const std::vector<Candidate>& candidates);
  [[nodiscard]] bool goes_on_to_target(const Reach& reach,
                                       const std::optional<TransactionEnd>& last,
                                       const std::vector<Candidate>& candidates) const;
  [[nodiscard]] Result<Replay> plan_quiet(const Candidate& candidate, const Reach& reach,
                                          const std::optional<TransactionEnd>& last);
  [[nodiscard]] Result<std::optional<WalEvent>> find_event(const Candidate& candidate,
                                                           SegmentRange range);
  [[nodiscard]] bool is_target(const WalEvent& event) const;
  [[nodiscard]] Result<std::optional<TransactionEnd>> newest_transaction(const Candidate& candidate,
                                                                         SegmentRange range);
  [[nodiscard]] std::unexpected<Error> missing(const Candidate& candidate, const Reach& reach);
  [[nodiscard]] std::unexpected<Error> too_early(const Candidate& oldest) const;

  WalArchive& archive_;
  const Opening& opening_;
  const RestoreTarget& target_;
  const std::atomic<bool>& cancel_;
  std::function<void(const WalName&)> telling_;
};

// The segments that the backup needs for its own consistency.
[[nodiscard]] SegmentRange own_segments(const BackupSummary& backup);

}  // namespace walden
