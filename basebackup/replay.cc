#include "basebackup/replay.h"

#include <fmt/format.h>

#include <algorithm>

#include "basebackup/replay_refusals.h"

namespace walden {
namespace {

// Further away than any two clocks of one installation: then the WAL of the backup itself, which
// can be long, need not be searched for transactions that ended after the target.
constexpr std::int64_t kClocksAgree = std::int64_t{3600} * 1'000'000;

Lsn position_of(const WalEvent& event) {
  return std::visit([](const auto& record) { return record.lsn; }, event);
}

Instant time_of(const WalEvent& event) {
  return std::visit([](const auto& record) { return record.time; }, event);
}

}  // namespace

SegmentRange own_segments(const BackupSummary& backup) {
  return {segment_of(backup.start, backup.segment_size),
          segment_before(backup.stop, backup.segment_size)};
}

// How far the archive goes from a backup on.
struct ReplayPlanner::Reach {
  WalArchive::Coverage coverage;
  SegmentRange unbroken;  // empty when the first segment is missing

  [[nodiscard]] bool whole() const { return coverage.newest && coverage.holes.empty(); }
};

ReplayPlanner::ReplayPlanner(WalArchive& archive, const Opening& opening,
                             const RestoreTarget& target, const std::atomic<bool>& cancel,
                             std::function<void(const WalName&)> telling)
    : archive_(archive),
      opening_(opening),
      target_(target),
      cancel_(cancel),
      telling_(std::move(telling)) {}

Result<Replay> ReplayPlanner::plan(const std::vector<Candidate>& candidates) {
  switch (target_.kind) {
    case RestoreTarget::Kind::latest:
      return plan_latest(candidates.front());
    case RestoreTarget::Kind::immediate:
      return plan_immediate(candidates.front());
    case RestoreTarget::Kind::time:
      return plan_time(candidates);
    case RestoreTarget::Kind::lsn:
      return plan_lsn(candidates);
    case RestoreTarget::Kind::xid:
    case RestoreTarget::Kind::name:
      return plan_event(candidates);
  }
  return fail(ErrorKind::usage, "an unknown kind of target");
}

// The coverage from a backup on, refused when the backup's own WAL is not whole: then no target
// can be reached from it.
Result<ReplayPlanner::Reach> ReplayPlanner::reach_of(const Candidate& candidate) {
  const SegmentRange own = own_segments(candidate.backup);
  const std::uint32_t size = candidate.backup.segment_size;
  Reach reach;
  reach.coverage = TRY(archive_.coverage(candidate.history, own.first, size));
  reach.unbroken = {own.first, own.first};
  if (!reach.coverage.holes.empty()) {
    const auto hole = TRY(segment_number(reach.coverage.holes.front().first, size));
    if (hole <= own.last) return missing(candidate, reach);
    reach.unbroken.last.value = hole.value - 1;
  } else if (reach.coverage.newest) {
    reach.unbroken.last = TRY(segment_number(*reach.coverage.newest, size));
  }
  if (!reach.coverage.newest || reach.unbroken.last < own.last) {
    return refuse_incomplete_backup(candidate.backup, reach.coverage);
  }
  return reach;
}

WalEvents ReplayPlanner::events_of(const Candidate& candidate) {
  const auto tell = [this](const WalName& name) {
    if (telling_) telling_(name);
  };
  return {archive_, candidate.history, opening_, candidate.backup.segment_size, cancel_, tell};
}

Result<std::optional<TransactionEnd>> ReplayPlanner::newest_transaction(const Candidate& candidate,
                                                                        SegmentRange range) {
  return events_of(candidate).last_transaction(range, range.count());
}

std::unexpected<Error> ReplayPlanner::missing(const Candidate& candidate, const Reach& reach) {
  std::optional<TransactionEnd> before;
  const SegmentRange own = own_segments(candidate.backup);
  if (reach.unbroken.last > own.last) {
    auto last = newest_transaction(candidate, reach.unbroken);
    if (!last) return std::unexpected(std::move(last).error());
    if (*last && (*last)->lsn >= candidate.backup.stop) before = *last;
  }
  return refuse_hole(reach.coverage.holes.front(), candidate.backup, before);
}

Result<Replay> ReplayPlanner::plan_latest(const Candidate& candidate) {
  const Reach reach = TRY(reach_of(candidate));
  if (!reach.whole()) return missing(candidate, reach);
  Replay replay{candidate, reach.unbroken, {}};
  // For the person only: recovery goes to the end whatever is found here.
  constexpr std::uint64_t kEnough = 8;
  const auto last = events_of(candidate).last_transaction(reach.unbroken, kEnough);
  replay.searched = std::min(kEnough, replay.needed.count());
  if (last && *last) replay.stop = Replay::Stop{(*last)->lsn, (*last)->time};
  if (last) return replay;
  if (last.error().kind != ErrorKind::corrupt) return std::unexpected(last.error());
  replay.unread = last.error();
  return replay;
}

Result<Replay> ReplayPlanner::plan_immediate(const Candidate& candidate) {
  const BackupSummary& backup = candidate.backup;
  if (!backup.with_wal) (void)TRY(reach_of(candidate));
  return Replay{.from = candidate,
                .needed = own_segments(backup),
                .stop = Replay::Stop{backup.stop, backup.stopped},
                .wal_in_backup = backup.with_wal};
}

// PostgreSQL stops at the first transaction later than the target, and fails if that comes before
// the backup is consistent.
Result<bool> ReplayPlanner::consistent_before(const Candidate& candidate, Instant time) {
  const BackupSummary& backup = candidate.backup;
  if (time.microseconds - backup.stopped.microseconds > kClocksAgree) return true;
  bool too_late = false;
  TRY(events_of(candidate).visit(own_segments(backup), [&](const WalEvent& event) {
    const auto* end = std::get_if<TransactionEnd>(&event);
    too_late = end != nullptr && end->lsn < backup.stop &&
               stops_recovery(end->time, time, target_.exclusive);
    return !too_late;
  }));
  return !too_late;
}

Result<Replay> ReplayPlanner::plan_time(const std::vector<Candidate>& candidates) {
  for (const Candidate& candidate : candidates) {
    if (candidate.backup.stopped > target_.time) continue;
    (void)TRY(reach_of(candidate));
    if (TRY(consistent_before(candidate, target_.time))) {
      return prove_time(candidate, candidates);
    }
  }
  return too_early(candidates.back());
}

// A backup that ended later proves that the WAL before its end is all there was until then.
bool ReplayPlanner::goes_on_to_target(const Reach& reach, const std::optional<TransactionEnd>& last,
                                      const std::vector<Candidate>& candidates) const {
  if (reach.whole() && last && last->time >= target_.time) return true;
  return std::ranges::any_of(candidates, [&](const Candidate& candidate) {
    return candidate.backup.stopped >= target_.time &&
           own_segments(candidate.backup).last <= reach.unbroken.last;
  });
}

// PostgreSQL fails where no later transaction comes to stop at: it is told the position after which
// nothing ended. The last one by position: the one with the latest time may lie before it.
Result<Replay> ReplayPlanner::plan_quiet(const Candidate& candidate, const Reach& reach,
                                         const std::optional<TransactionEnd>& last) {
  const std::uint32_t size = candidate.backup.segment_size;
  Replay replay{candidate, own_segments(candidate.backup),
                Replay::Stop{candidate.backup.stop, candidate.backup.stopped}, target_};
  replay.instead->exclusive = false;
  replay.instead->kind = RestoreTarget::Kind::immediate;
  if (!last) return replay;
  TransactionEnd newest = *last;
  TRY(events_of(candidate).visit({segment_of(last->lsn, size), reach.unbroken.last},
                                 [&](const WalEvent& event) {
                                   const auto* end = std::get_if<TransactionEnd>(&event);
                                   if (end != nullptr && end->lsn > newest.lsn) newest = *end;
                                   return true;
                                 }));
  if (newest.lsn < candidate.backup.stop) return replay;
  replay.instead->kind = RestoreTarget::Kind::lsn;
  replay.instead->lsn = newest.lsn;
  replay.needed.last = segment_of(newest.lsn, size);
  replay.stop = Replay::Stop{newest.lsn, newest.time};
  return replay;
}

Result<Replay> ReplayPlanner::prove_time(const Candidate& candidate,
                                         const std::vector<Candidate>& candidates) {
  const Reach reach = TRY(reach_of(candidate));
  const auto last = TRY(newest_transaction(candidate, reach.unbroken));
  if (!last || !stops_recovery(last->time, target_.time, target_.exclusive)) {
    if (goes_on_to_target(reach, last, candidates)) return plan_quiet(candidate, reach, last);
    if (!reach.whole()) return missing(candidate, reach);
    return refuse_after_archive(target_, last, candidate.backup);
  }
  const auto stop =
      TRY(events_of(candidate).stop_for_time(reach.unbroken, target_.time, target_.exclusive));
  if (!stop) return refuse_after_archive(target_, last, candidate.backup);
  const auto segment = segment_of(stop->lsn, candidate.backup.segment_size);
  return Replay{candidate, {reach.unbroken.first, segment}, Replay::Stop{stop->lsn, stop->time}};
}

Result<Replay> ReplayPlanner::plan_lsn(const std::vector<Candidate>& candidates) {
  const auto usable = std::ranges::find_if(candidates, [this](const Candidate& candidate) {
    return candidate.backup.stop <= target_.lsn;
  });
  if (usable == candidates.end()) return too_early(candidates.back());
  const Reach reach = TRY(reach_of(*usable));
  const auto segment = segment_of(target_.lsn, usable->backup.segment_size);
  if (segment > reach.unbroken.last) {
    if (!reach.whole()) return missing(*usable, reach);
    return refuse_lsn_after_archive(target_, *reach.coverage.newest);
  }
  const Replay replay{*usable, {reach.unbroken.first, segment}, Replay::Stop{target_.lsn, {}}};
  if (segment < reach.unbroken.last) return replay;
  // In the last segment: its tail may be empty, and PostgreSQL needs a record at or after the LSN.
  const Lsn end =
      TRY(events_of(*usable).visit({segment, segment}, [](const auto&) { return true; }));
  if (target_.lsn < end) return replay;
  if (!reach.whole()) return missing(*usable, reach);
  return refuse_lsn_after_archive(target_, *reach.coverage.newest);
}

bool ReplayPlanner::is_target(const WalEvent& event) const {
  if (const auto* end = std::get_if<TransactionEnd>(&event)) {
    return target_.kind == RestoreTarget::Kind::xid && end->xid == target_.xid;
  }
  return target_.kind == RestoreTarget::Kind::name &&
         std::get<RestorePoint>(event).name == target_.restore_point;
}

// The first one in the range: that is where PostgreSQL stops.
Result<std::optional<WalEvent>> ReplayPlanner::find_event(const Candidate& candidate,
                                                          SegmentRange range) {
  std::optional<WalEvent> found;
  TRY(events_of(candidate).visit(range, [&](const WalEvent& event) {
    if (is_target(event)) found = event;
    return !found;
  }));
  return found;
}

// From the newest backup back, each up to where the one after it was searched from. One in which
// the target comes before it is consistent is of no use: an older one is needed.
Result<Replay> ReplayPlanner::plan_event(const std::vector<Candidate>& candidates) {
  std::optional<SegmentNumber> searched_from;
  std::optional<Error> gap;  // why not all of the WAL could be searched
  for (const Candidate& candidate : candidates) {
    const auto reached = reach_of(candidate);
    if (!reached && reached.error().kind != ErrorKind::absent)
      return std::unexpected(reached.error());
    if (!reached) {
      if (!gap) gap = reached.error();
      continue;
    }
    const Reach& reach = *reached;
    if (!gap && !reach.whole()) gap = missing(candidate, reach).error();
    SegmentRange range = reach.unbroken;
    if (searched_from) range.last = std::min(range.last, *searched_from);
    const auto found = TRY(find_event(candidate, range));
    searched_from = own_segments(candidate.backup).last;
    if (!found || position_of(*found) < candidate.backup.stop) continue;
    const auto segment = segment_of(position_of(*found), candidate.backup.segment_size);
    return Replay{candidate,
                  {reach.unbroken.first, segment},
                  Replay::Stop{position_of(*found), time_of(*found)}};
  }
  if (gap) return std::unexpected(std::move(*gap));
  return refuse_not_found(target_, candidates.back().backup);
}

std::unexpected<Error> ReplayPlanner::too_early(const Candidate& oldest) const {
  return refuse_too_early(target_, oldest.backup);
}

}  // namespace walden
