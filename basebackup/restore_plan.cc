#include "basebackup/restore_plan.h"

#include <fmt/format.h>

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
  return text + local_time_in_brackets(plan.target.time);
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

std::string fetch_text(const ManifestFile& manifest) {
  const BackupSummary& backup = manifest.summary();
  const ManifestFacts& facts = manifest.facts();
  return fmt::format("{} in {}, from {} in {}{}", human_size(backup.database_size),
                     human_count(backup.file_count, "file"), human_size(facts.fetched_bytes),
                     human_count(facts.fetched_packs, "pack"),
                     facts.other_backups == 0
                         ? ""
                         : fmt::format(" of this backup and {} before it", facts.other_backups));
}

std::string replay_text(const RestorePlan& plan) {
  const Candidate& from = plan.replay.from;
  const SegmentRange& needed = plan.replay.needed;
  const std::uint64_t count = needed.count();
  const std::uint32_t size = from.backup.segment_size;
  const std::string last =
      segment_name(from.history.timeline_of(needed.last, size), needed.last, size).to_text();
  const char* where = plan.replay.wal_in_backup ? "in the backup itself"
                      : plan.replay.unread      ? "all present but not all whole"
                                                : "all present";
  return fmt::format("{} ({}), {}, timeline {}, to {}", human_count(count, "segment"),
                     human_size(count * size), where, from.history.timeline(), last);
}

std::string stop_text(const RestorePlan& plan) {
  const auto& stop = plan.replay.stop;
  const std::string moment =
      stop && stop->time ? fmt::format("{} ({} UTC)", stop->lsn.to_text(), utc_time(*stop->time))
                         : "";
  if (plan.replay.instead) {
    const bool at_backup = plan.replay.instead->kind == Kind::immediate;
    return (at_backup ? "at the backup's end" : "after the transaction that ends at " + moment) +
           ": none ended from then to the target";
  }
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

std::string_view over_text(const RestorePlan& plan) {
  return plan.over == Over::old_copy ? "over what is there, which is lost"
                                     : "a restore that was cut off goes on";
}

std::string place_text(const RestorePlan& plan) {
  const RestorePlace& place = plan.place;
  std::string_view state = place.exists ? "empty" : "to be created";
  if (place.over_old) state = over_text(plan);
  return fmt::format("{} ({}, {} free)", place.pgdata.string(), state,
                     human_size(place.free_bytes));
}

std::string tablespace_row(const RestorePlan& plan, const TablespacePlace& place) {
  if (place.over_old) {
    return row("into", fmt::format("{} (tablespace {}, {})", place.location.string(),
                                   place.original, over_text(plan)));
  }
  return row("tablespace", fmt::format("{} -> {}", place.original, place.location.string()));
}

std::string compare_text(const ManifestFile& manifest) {
  return fmt::format("{} with what is there; what is the same stays and is not fetched",
                     human_count(manifest.facts().files, "file"));
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

std::string start_text(const CopyToStart& copy, const StartOfCopy& start) {
  if (copy.has_settings) return "Start it beside the old server:\n" + start.commands;
  const bool debian = !start.environment.empty();
  return std::string("Start it beside the old server. postgresql.conf was not in its directory: ") +
         (debian
              ? "it gets a copy of\nthis host's, with a directory, port, log and PID file of its "
                "own.\n"
              : "name the old\nhost's, or a copy.\n") +
         start.commands;
}

// A server that collects its log itself writes only the first lines elsewhere.
std::string follow_text(const RestorePlan& plan, const ManifestFile& manifest,
                        const StartOfCopy& start) {
  const bool logs = manifest.facts().has_log_directory;
  return fmt::format("Follow replay:   tail -f {}{}\n", shell_word(start.log.string()),
                     logs ? " " + data_directory(plan) + "/log/*" : "");
}

std::string keys_text(const StartOfCopy& start) {
  if (start.environment.empty()) {
    return "Keys first:      start it with this shell's AWS_* variables; wal-fetch needs them\n";
  }
  return fmt::format(
      "Keys first:      wal-fetch needs this shell's AWS_* variables; before the start "
      "put them into\n                 {}\n",
      start.environment.string());
}

std::string then_text(const RestorePlan& plan, std::uint16_t port) {
  if (plan.target.action == "pause") {
    // Recovery stops before a commit: the locks of that transaction, a DROP's too, are in force.
    return fmt::format(
               "Look around, then open it for writing:  psql -p {} -c 'select "
               "pg_wal_replay_resume()'\n",
               port) +
           "A query that waits is held by the lock of what comes next, such as a DROP: opening "
           "lifts it.\n";
  }
  if (plan.target.action == "shutdown") {
    return "It shuts down at the target.\n";
  }
  return fmt::format(
      "It opens for writing by itself:  psql -p {} -c 'select pg_is_in_recovery()' "
      "says f then\n",
      port);
}

}  // namespace

std::string plan_text(const RestorePlan& plan, const ManifestFile& manifest) {
  std::string text = headline(plan) + "\n\n";
  if (!plan.target.assumed_zone.empty()) text += row("zone", plan.target.assumed_zone);
  text += row("backup", backup_text(plan));
  text += row("fetch", fetch_text(manifest));
  if (plan.place.over_old) text += row("compare", compare_text(manifest));
  if (plan.strays > 0) {
    text += row("remove", human_count(plan.strays, "file") + " that the backup does not have");
  }
  text += row("replay", replay_text(plan));
  text += row("stop", stop_text(plan));
  text += row("into", place_text(plan));
  if (plan.place.wal_directory) {
    text += row("into", fmt::format("{} (pg_wal, {})", plan.place.wal_directory->string(),
                                    over_text(plan)));
  }
  for (const auto& tablespace : plan.place.tablespaces) {
    text += tablespace_row(plan, tablespace);
  }
  text += row("afterwards", afterwards_text(plan));
  if (plan.keys_from_environment) {
    text +=
        row("keys", "the bucket's come from this shell's AWS_* variables: the server needs them");
  }
  for (const auto& path : plan.unreadable) {
    text += row("WARNING", fmt::format("{} may not use {}: the server would stop for want of it",
                                       plan.place.server_user()->name, path));
  }
  if (plan.replay.unread) {
    text += row("WARNING", plan.replay.unread->cause + ": recovery stops before it");
  }
  for (const auto& warning : plan.warnings) text += row("WARNING", warning);
  return text;
}

CopyToStart copy_to_start(const RestorePlan& plan, const ManifestFile& manifest) {
  constexpr std::uint16_t kBesideTheOld = 5433;
  const auto user = plan.place.server_user();
  return {.pgdata = plan.place.pgdata,
          .major = manifest.summary().server_version / 10000,
          .system_identifier = manifest.summary().system_identifier,
          .has_settings = manifest.facts().has_settings,
          .made_directory = !plan.place.exists,
          .user = user ? user->name : "",
          .port = free_port(kBesideTheOld)};
}

std::string restored_text(const RestorePlan& plan, const ManifestFile& manifest,
                          const CopyToStart& copy, const Restored& restored,
                          const std::filesystem::path& root) {
  const StartOfCopy start = start_of_copy(copy, root);
  std::string text =
      fmt::format("Restored {} in {}; every file matches the backup's manifest.\n",
                  human_size(manifest.summary().database_size), human_duration(restored.took));
  if (restored.kept_files > 0) {
    text += fmt::format("{} ({}) were there already.\n", human_count(restored.kept_files, "file"),
                        human_size(restored.kept_bytes));
  }
  text += "\n";
  if (plan.place.owned_by_root) {
    text +=
        fmt::format("Give it to its user first:  chown -R postgres: {}\n", data_directory(plan));
  }
  for (const auto& path : plan.unreadable) {
    text += fmt::format("First let {} use {}: the server stops for want of it\n", copy.user, path);
  }
  if (plan.keys_from_environment) text += keys_text(start);
  text += start_text(copy, start) + follow_text(plan, manifest, start) + then_text(plan, copy.port);
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
