#include "basebackup/list_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "basebackup/keep_marks.h"
#include "basebackup/shell_word.h"
#include "common/program/human.h"
#include "common/program/progress_line.h"

namespace walden {
namespace {

constexpr std::size_t kToTheMinute = std::size("2026-11-21 03:17") - 1;

std::chrono::seconds between(Instant from, Instant to) {
  return std::chrono::seconds((to.microseconds - from.microseconds) / 1'000'000);
}

// "31 min": the first unit is enough in a table.
std::string roughly(std::chrono::seconds time) {
  const std::string exact = human_duration(time);
  return exact.substr(0, exact.find(' ', exact.find(' ') + 1));
}

std::string clock_of(Instant time) {
  return utc_time(time).substr(11);
}

const BackupSummary* newest_summary(const RecoveryWindow& window) {
  for (const auto& state : std::views::reverse(window.backups)) {
    if (state.entry.summary) return &*state.entry.summary;
  }
  return nullptr;
}

std::string header(const ListedSystem& system) {
  const BackupSummary* newest = newest_summary(system.window);
  const std::string version =
      newest == nullptr ? "" : fmt::format("PostgreSQL {} · ", newest->server_version / 10000);
  return fmt::format("{} · {}system {} · {}\n", system.cluster, version, system.system_identifier,
                     system.store);
}

std::string hole_line(const WindowHole& hole) {
  const auto& segments = hole.segments;
  const std::string names =
      segments.count == 1
          ? fmt::format("1 segment missing: {}", segments.first.to_text())
          : fmt::format("{} segments missing: {} to {}", human_count(segments.count),
                        segments.first.to_text(), segments.last.to_text());
  const std::string from = hole.from ? utc_time(*hole.from) : "an unknown time";
  if (!hole.to) return fmt::format("except after {}\n  ({})", from, names);
  const bool same_day =
      hole.from && utc_time(*hole.from).substr(0, 10) == utc_time(*hole.to).substr(0, 10);
  return fmt::format("except {} to {}\n  ({})", from,
                     same_day ? clock_of(*hole.to) : utc_time(*hole.to), names);
}

// Not every backup that cannot be opened is sealed: its format can be newer than this program.
bool is_sealed(const CatalogEntry& entry) {
  return entry.sealed.contains("it is sealed to");
}

std::string unreadable_text(const RecoveryWindow& window, bool has_key) {
  const auto& newest = window.backups.back().entry;
  std::string text = "The times of this archive cannot be read here.";
  if (!is_sealed(newest)) return text + (newest.remedy.empty() ? "" : " " + newest.remedy) + "\n";
  if (!has_key) return text + " Name the secret key: --key-file FILE\n";
  return text +
         " It is sealed to another key than the one\ngiven: name the right one with "
         "--key-file FILE\n";
}

// How many of the holes, which are in order, end before the policy's window begins.
std::ptrdiff_t old_holes(const ListedSystem& system, Instant now) {
  const auto& holes = system.window.holes;
  if (!system.recovery_window) return 0;
  return std::ranges::find_if(holes,
                              [&](const WindowHole& hole) {
                                return !hole.to || between(*hole.to, now) < *system.recovery_window;
                              }) -
         holes.begin();
}

// Behind the last of them; of nothing that can be restored, the earliest moment.
Instant begin_of_window(const ListedSystem& system, Instant now) {
  const auto old = old_holes(system, now);
  if (old == 0) return system.window.begin.value_or(Instant{});
  return *system.window.holes[static_cast<std::size_t>(old) - 1].to;
}

// Of a backup that is kept beyond the window, only the end can be restored.
std::string older_text(const RecoveryWindow& window, Instant begin) {
  const auto count = std::ranges::count_if(window.backups, [&](const BackupState& state) {
    return state.on_the_way && (state.consistent || state.in_backup) &&
           state.entry.summary->stopped < begin;
  });
  if (count == 0) return {};
  return fmt::format(
      "And to the moment at which {} ended.\n",
      count == 1 ? "an older backup" : fmt::format("each of {} older backups", human_count(count)));
}

const BackupState* newest_with_wal(const RecoveryWindow& window) {
  const auto newest_first = std::views::reverse(window.backups);
  const auto found = std::ranges::find_if(newest_first, &BackupState::in_backup);
  return found == newest_first.end() ? nullptr : &*found;
}

std::string without_wal_text(const RecoveryWindow& window) {
  if (newest_with_wal(window) == nullptr) {
    return "Nothing can be restored: every backup lacks WAL that it needs.\n";
  }
  return "You can restore only to the end of a backup that has its WAL in it: the archive lacks "
         "what\nthe backups need.\n";
}

std::string window_text(const ListedSystem& system, Instant now) {
  const RecoveryWindow& window = system.window;
  const bool has_key = system.has_key;
  const bool unreadable =
      std::ranges::all_of(window.backups, [](const auto& state) { return !state.entry.summary; });
  if (window.backups.empty()) return "There is no backup yet: basebackup push takes one.\n";
  if (unreadable) return unreadable_text(window, has_key);
  if (!window.begin) return without_wal_text(window);
  const auto old = old_holes(system, now);
  const Instant begin = begin_of_window(system, now);
  std::string text =
      fmt::format("You can restore to any moment from {} to {} UTC ({})", utc_time(begin),
                  utc_time(*window.end), human_duration(between(begin, *window.end)));
  for (const auto& hole : std::views::drop(window.holes, old)) text += ",\n" + hole_line(hole);
  text += ".\n";
  if (old > 0) text += older_text(window, begin);
  for (const auto& other : window.others) {
    text += fmt::format("Timeline {0}, left behind, goes on to {1} UTC: --target-timeline {0}\n",
                        other.timeline, utc_time(other.newest.time));
  }
  return text;
}

std::string wal_text(const BackupState& state, bool beyond_window) {
  if (!state.on_the_way) return "other timeline";
  if (!state.consistent) return state.in_backup ? "in the backup" : "INCOMPLETE";
  if (state.complete) return "complete";
  if (beyond_window) return "its end only";
  if (state.gap_after) return "gap after " + clock_of(*state.gap_after).substr(0, 5);
  return "gap";
}

std::string remarks(const BackupSummary& backup) {
  std::string text;
  if (backup.label != "walden" && !backup.label.empty()) {
    text += fmt::format("    {}\n", clipped(backup.label, 90));
  }
  if (!backup.checksum_failures.empty()) {
    text += "    WARNING: the server reported damaged pages during it\n";
  }
  if (!backup.warnings.empty()) {
    text +=
        fmt::format("    WARNING: the server warned during it: basebackup show {}\n", backup.id);
  }
  return text;
}

std::string sealed_text(const CatalogEntry& entry, bool has_key) {
  if (!is_sealed(entry)) return "not readable here: " + clipped(entry.remedy, 50);
  return has_key ? "sealed to another key than the one given"
                 : "sealed: this host holds no key that opens it";
}

std::string backup_row(const BackupState& state, bool has_key, Instant begin) {
  const auto& entry = state.entry;
  if (!entry.sealed.empty()) {
    return fmt::format("  {:<25}  {}\n", entry.id, sealed_text(entry, has_key));
  }
  if (!entry.summary)
    return fmt::format("  {:<25}  DAMAGED: its manifest cannot be read\n", entry.id);
  const BackupSummary& backup = *entry.summary;
  return fmt::format("  {:<25}  {:<11}  {:<16} {:>6} {:>8} {:>8}  {}\n", backup.id, backup.kind,
                     utc_time(backup.started).substr(0, kToTheMinute),
                     roughly(between(backup.started, backup.stopped)),
                     human_size(backup.database_size), human_size(backup.stored_size),
                     wal_text(state, backup.stopped < begin)) +
         remarks(backup);
}

std::string kept_row(const ListedSystem& system, const std::string& id) {
  const auto found = system.keeps.find(id);
  if (found == system.keeps.end() || !found->second.keep) return {};
  return fmt::format("    {}\n", clipped(keep_text(found->second), 90));
}

std::string table(const ListedSystem& system, Instant now) {
  const RecoveryWindow& window = system.window;
  if (window.backups.empty()) return {};
  std::string text = fmt::format("\n  {:<25}  {:<11}  {:<16} {:>6} {:>8} {:>8}  {}\n", "backup",
                                 "kind", "taken (UTC)", "took", "database", "stored", "WAL");
  for (const auto& state : std::views::reverse(window.backups)) {
    text += backup_row(state, system.has_key, begin_of_window(system, now)) +
            kept_row(system, state.entry.id);
  }
  if (window.unfinished > 0) {
    text +=
        fmt::format("  {} unfinished: running now, or interrupted; no backup\n", window.unfinished);
  }
  return text;
}

std::string command_with(const std::vector<std::string>& options) {
  return "basebackup restore" + shell_arguments(options) + " --pgdata DIR";
}

std::string end_of_backup_line(const BackupState& state, const std::vector<std::string>& options) {
  return fmt::format(
      "To restore the end of the newest of them:\n  {} --backup {} --target-immediate\n",
      command_with(options), state.entry.id);
}

// The seconds are rounded down: there is a transaction after that moment, and PostgreSQL needs one
// to stop at.
std::string restore_line(const RecoveryWindow& window, const std::vector<std::string>& options) {
  std::string command = command_with(options);
  const Instant second{window.end->microseconds / 1'000'000 * 1'000'000};
  if (window.end_is_transaction && second >= *window.begin) {
    command += fmt::format(" --target-time '{}+00'", utc_time(second));
  }
  return "To restore the newest moment:\n  " + command + "\n";
}

std::string footer(const ListedSystem& system, Instant now) {
  const RecoveryWindow& window = system.window;
  std::string text;
  if (window.newest_segment) {
    text += fmt::format("Newest WAL: {}, {} ago.\n", window.newest_segment->to_text(),
                        human_duration(between({window.newest_stored * 1'000'000}, now)));
  }
  if (window.begin) {
    text += restore_line(window, system.options);
  } else if (const auto* state = newest_with_wal(window)) {
    text += end_of_backup_line(*state, system.options);
  }
  return text.empty() ? text : "\n" + text;
}

}  // namespace

std::string list_text(const ListedSystem& system, Instant now) {
  return header(system) + "\n" + window_text(system, now) + table(system, now) +
         footer(system, now);
}

}  // namespace walden
