#include "basebackup/restore_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "basebackup/shell_word.h"
#include "common/program/human.h"

namespace walden {
namespace {

using Kind = RestoreTarget::Kind;

std::string row(std::string_view name, std::string_view text) {
  return fmt::format("  {:<10} {}\n", name, text);
}

std::string headline(const RestorePlan& plan) {
  std::string text = fmt::format("Plan: {} to {}", plan.cluster, plan.target.to_text());
  if (plan.target.kind != Kind::time) return text;
  return text + fmt::format(" ({})", local_time(plan.target.time));
}

std::string backup_text(const RestorePlan& plan) {
  const BackupSummary& backup = plan.replay.from.backup;
  std::string text = fmt::format("{}, ended {} UTC", backup.id, utc_time(backup.stopped));
  if (plan.target.kind != Kind::time) return text;
  const std::chrono::microseconds apart(plan.target.time.microseconds -
                                        backup.stopped.microseconds);
  return text + fmt::format(", {} before the target",
                            human_duration(std::chrono::floor<std::chrono::seconds>(apart)));
}

std::string fetch_text(const BackupSummary& backup) {
  return fmt::format("{} in {}, from {} in {}", human_size(backup.database_size),
                     human_count(backup.file_count, "file"), human_size(backup.stored_size),
                     human_count(backup.pack_count, "pack"));
}

std::string replay_text(const RestorePlan& plan) {
  const auto& [from, needed, stop] = plan.replay;
  const std::uint64_t count = needed.count();
  const std::uint32_t size = from.backup.segment_size;
  const std::string last =
      segment_name(from.history.timeline_of(needed.last, size), needed.last, size).to_text();
  return fmt::format("{} ({}), all present, timeline {}, to {}", human_count(count, "segment"),
                     human_size(count * size), from.history.timeline(), last);
}

std::string stop_text(const RestorePlan& plan) {
  const auto& stop = plan.replay.stop;
  const std::string moment =
      stop && stop->time ? fmt::format("{} ({} UTC)", stop->lsn.to_text(), utc_time(*stop->time))
                         : "";
  switch (plan.target.kind) {
    case Kind::latest:
      return moment.empty() ? "at the end of the WAL" : "after the newest transaction, " + moment;
    case Kind::lsn:
      return (plan.target.exclusive ? "before the record at or after " : "after the record at ") +
             plan.target.lsn.to_text();
    case Kind::time:
      return "before the transaction that ends at " + moment;
    case Kind::xid:
      return (plan.target.exclusive ? "before its end at " : "after its end at ") + moment;
    case Kind::immediate:
    case Kind::name:
      break;
  }
  return "at " + moment;
}

std::string place_text(const RestorePlace& place) {
  return fmt::format("{} ({}, {} free)", place.pgdata.string(),
                     place.exists ? "empty" : "to be created", human_size(place.free_bytes));
}

std::string afterwards_text(const RestorePlan& plan) {
  std::string text = "the server opens for writing";
  if (plan.target.action == "pause") text = "the server pauses at the target";
  if (plan.target.action == "shutdown") text = "the server shuts down at the target";
  return text + (plan.keep_archiving ? "; it archives, on a timeline of its own"
                                     : "; archiving is off in this copy");
}

std::string data_directory(const RestorePlan& plan) {
  return shell_word(plan.place.pgdata.string());
}

bool has(const Manifest& manifest, std::string_view path) {
  return std::ranges::any_of(manifest.files, [&](const auto& file) { return file.path == path; });
}

// Debian keeps postgresql.conf in /etc, and then it is not part of the backup. Its data_directory
// wins over -D: without the setting here the ORIGINAL directory would be started.
std::string start_text(const RestorePlan& plan, const Manifest& manifest) {
  const std::string start = "Start it:        pg_ctl -D " + data_directory(plan);
  if (has(manifest, "postgresql.conf")) return start + " start\n";
  return start + " start -o " +
         shell_word("-c config_file=/path/to/postgresql.conf -c data_directory=" +
                    data_directory(plan)) +
         "\n                 (postgresql.conf was not in the data directory: use the old host's, "
         "or a copy)\n";
}

std::string follow_text(const RestorePlan& plan, const Manifest& manifest) {
  const bool logs = std::ranges::any_of(manifest.directories,
                                        [](const auto& entry) { return entry.path == "log"; });
  if (logs) return fmt::format("Follow replay:   tail -f {}/log/*\n", data_directory(plan));
  return "Follow replay:   in the server's log (pg_ctl start -l FILE)\n";
}

std::string then_text(const RestorePlan& plan) {
  if (plan.target.action == "pause") {
    // Recovery stops before a commit: the locks of that transaction, a DROP's too, are in force.
    return "Look around, then open it for writing:  psql -c 'select pg_wal_replay_resume()'\n"
           "A query that waits is held by the lock of what comes next, such as a DROP: opening "
           "lifts it.\n";
  }
  if (plan.target.action == "shutdown") {
    return "It shuts down at the target.\n";
  }
  return "It opens for writing by itself:  psql -c 'select pg_is_in_recovery()' says f then\n";
}

}  // namespace

std::string plan_text(const RestorePlan& plan, const Manifest& manifest) {
  std::string text = headline(plan) + "\n\n";
  if (!plan.target.assumed_zone.empty()) text += row("zone", plan.target.assumed_zone);
  text += row("backup", backup_text(plan));
  text += row("fetch", fetch_text(manifest.summary));
  text += row("replay", replay_text(plan));
  text += row("stop", stop_text(plan));
  text += row("into", place_text(plan.place));
  for (const auto& tablespace : plan.place.tablespaces) {
    text += row("tablespace",
                fmt::format("{} -> {}", tablespace.original, tablespace.location.string()));
  }
  text += row("afterwards", afterwards_text(plan));
  if (plan.keys_from_environment) {
    text +=
        row("keys", "the bucket's come from this shell's AWS_* variables: the server needs them");
  }
  for (const auto& warning : plan.warnings) text += row("WARNING", warning);
  return text;
}

std::string restored_text(const RestorePlan& plan, const Manifest& manifest,
                          std::chrono::seconds took) {
  std::string text = fmt::format("Restored {} in {}; every file matches the backup's manifest.\n\n",
                                 human_size(manifest.summary.database_size), human_duration(took));
  if (plan.place.owned_by_root) {
    text +=
        fmt::format("Give it to its user first:  chown -R postgres: {}\n", data_directory(plan));
  }
  if (plan.keys_from_environment) {
    text += "Keys first:      start it with this shell's AWS_* variables; wal-fetch needs them\n";
  }
  text += start_text(plan, manifest) + follow_text(plan, manifest) + then_text(plan);
  if (plan.target.kind != Kind::latest) {
    text += "Went too far or not far enough?  Run the restore again with another target.\n";
  }
  if (!plan.keep_archiving) {
    text +=
        "Archiving is off in this copy: to archive again, remove archive_mode from the end of\n"
        "postgresql.auto.conf and restart.\n";
  }
  return text;
}

}  // namespace walden
