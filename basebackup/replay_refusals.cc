#include "basebackup/replay_refusals.h"

#include <fmt/format.h>

#include "common/program/human.h"

namespace walden {
namespace {

constexpr const char* kSwitchWal =
    "if the old primary still runs, select pg_switch_wal() there archives its newest WAL";

std::unexpected<Error> refuse(const std::string& what, std::string why, std::string remedy) {
  return fail(ErrorKind::absent, fmt::format("cannot restore to {}: {}", what, why),
              "Nothing was changed. " + std::move(remedy));
}

bool reaches(const OtherTimeline& other, Instant time) {
  return other.begin <= time && other.newest.time >= time;
}

// Of the backup itself, where nothing beside it is needed.
std::string or_its_end(const BackupSummary& backup) {
  if (!backup.with_wal) return "";
  return fmt::format(
      " The moment at which this one ended needs no archive, its WAL is in the backup: --backup {} "
      "--target-immediate",
      backup.id);
}

}  // namespace

std::string hole_text(const WalArchive::Coverage::Hole& hole) {
  if (hole.count == 1) return hole.first.to_text() + " is missing";
  return fmt::format("{} segments are missing, {} to {}", human_count(hole.count),
                     hole.first.to_text(), hole.last.to_text());
}

std::unexpected<Error> refuse_too_early(const RestoreTarget& target, const BackupSummary& oldest) {
  return refuse(
      target.to_text(),
      fmt::format("that is before the oldest backup that could be used, {}, had ended "
                  "({} UTC, LSN {})",
                  oldest.id, utc_time(oldest.stopped), oldest.stop.to_text()),
      fmt::format("The earliest moment of that backup: --backup {} --target-immediate", oldest.id));
}

std::unexpected<Error> refuse_after_archive(const RestoreTarget& target,
                                            const std::optional<TransactionEnd>& last,
                                            const BackupSummary& backup) {
  const std::string newest =
      last ? fmt::format("the newest transaction in the archive ended at {} UTC",
                         utc_time(last->time))
           : fmt::format("no transaction has ended in the archived WAL after backup {}", backup.id);
  return refuse(target.to_text(), newest,
                fmt::format("Without a target everything archived is restored; {}.", kSwitchWal));
}

std::unexpected<Error> refuse_lsn_after_archive(const RestoreTarget& target,
                                                const WalName& newest) {
  return refuse(target.to_text(),
                fmt::format("the archive's WAL ends before it, in {}", newest.to_text()),
                fmt::format("Without a target everything archived is restored; {}.", kSwitchWal));
}

std::unexpected<Error> refuse_not_found(const RestoreTarget& target, const BackupSummary& oldest) {
  const std::string what = target.kind == RestoreTarget::Kind::xid
                               ? "no such transaction ended in the archived WAL"
                               : "there is no such restore point in the archived WAL";
  return refuse(target.to_text(), fmt::format("{} after the oldest backup, {}", what, oldest.id),
                fmt::format("See basebackup list for what can be restored; {}.", kSwitchWal));
}

std::unexpected<Error> refuse_hole(const WalArchive::Coverage::Hole& hole,
                                   const BackupSummary& backup,
                                   const std::optional<TransactionEnd>& before) {
  const std::string push =
      "Push what is missing from the primary's pg_wal with wal-push, if it is still there";
  const std::string cause =
      fmt::format("cannot replay the WAL after backup {}: {}", backup.id, hole_text(hole));
  if (!before) {
    return fail(ErrorKind::absent, cause,
                fmt::format("Nothing was changed. {}; or restore from another backup: basebackup "
                            "list shows which moments can be reached.{}",
                            push, or_its_end(backup)));
  }
  return fail(ErrorKind::absent, cause,
              fmt::format("Nothing was changed. {}; or restore the last moment before the gap, "
                          "{} UTC: --target-lsn {}",
                          push, utc_time(before->time), before->lsn.to_text()));
}

std::unexpected<Error> refuse_incomplete_backup(const BackupSummary& backup,
                                                const WalArchive::Coverage& coverage) {
  const std::string end = coverage.newest ? fmt::format("ends with {}", coverage.newest->to_text())
                                          : std::string("has none of it");
  return fail(ErrorKind::absent,
              fmt::format("backup {} cannot be made consistent: it needs WAL up to LSN {}, and the "
                          "archive {}",
                          backup.id, backup.stop.to_text(), end),
              "Nothing was changed. Restore from another backup: basebackup list shows them." +
                  or_its_end(backup));
}

Error with_other_timelines(Error refusal, const RestoreTarget& target,
                           const std::vector<OtherTimeline>& others) {
  if (refusal.kind != ErrorKind::absent) return refusal;
  for (const auto& other : others) {
    if (!reaches(other, target.time)) continue;
    refusal.remedy += fmt::format(" Timeline {0} goes on to {1} UTC: --target-timeline {0}",
                                  other.timeline, utc_time(other.newest.time));
  }
  return refusal;
}

std::vector<std::string> warnings_of_other_timelines(const RestoreTarget& target,
                                                     const std::vector<OtherTimeline>& others) {
  std::vector<std::string> warnings;
  for (const auto& other : others) {
    if (!reaches(other, target.time) || other.first.time > target.time) continue;
    warnings.push_back(
        fmt::format("timeline {0} has other changes, from {1} to {2} UTC; for them say "
                    "--target-timeline {0}",
                    other.timeline, utc_time(other.first.time), utc_time(other.newest.time)));
  }
  return warnings;
}

}  // namespace walden
