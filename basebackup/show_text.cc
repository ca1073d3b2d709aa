#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "basebackup/shell_word.h"
#include "basebackup/shown_backup.h"
#include "common/program/human.h"

namespace walden {
namespace {

std::string version_text(int version) {
  return fmt::format("PostgreSQL {}.{}", version / 10000, version % 10000);
}

std::string line(std::string_view name, const std::string& text) {
  return fmt::format("  {:<9} {}\n", name, text);
}

std::string kind_text(const BackupSummary& backup) {
  if (backup.kind == "full" && backup.references.empty()) return "full: refers to no other backup";
  return fmt::format("{}{}: needs the packs of {}", backup.kind,
                     backup.base.empty() ? "" : fmt::format(", compared with {}", backup.base),
                     backup.references.empty()
                         ? "no other"
                         : fmt::format("{}", fmt::join(backup.references, ", ")));
}

std::string taken_text(const BackupSummary& backup) {
  const std::chrono::seconds took((backup.stopped.microseconds - backup.started.microseconds) /
                                  1'000'000);
  return fmt::format("{} to {} UTC ({}), from the {}", utc_time(backup.started),
                     utc_time(backup.stopped), human_duration(took),
                     backup.from_standby ? "standby" : "primary");
}

std::string wal_text(const ShownBackup& backup) {
  const WalNeeded& wal = backup.wal;
  const auto first = segment_name(wal.timeline, wal.first, wal.segment_size).to_text();
  const auto last = segment_name(wal.timeline, wal.last, wal.segment_size).to_text();
  const std::string all =
      fmt::format("{} to {} ({})", first, last, human_count(wal.count(), "segment"));
  const bool all_present = backup.wal_present == wal.count();
  if (backup.summary.with_wal) {
    return all + ": in the backup" + (all_present ? ", and in the archive" : "");
  }
  if (all_present) return all + ": in the archive";
  return fmt::format("{}: {} MISSING from the archive", all,
                     human_count(wal.count() - backup.wal_present));
}

std::string summary_text(const ShownBackup& shown) {
  const BackupSummary& backup = shown.summary;
  std::string text = line("kind", kind_text(backup)) + line("taken", taken_text(backup));
  text += line("database", fmt::format("{} in {}", human_size(backup.database_size),
                                       human_count(backup.file_count, "file")));
  for (const auto& tablespace : backup.tablespaces) {
    text += line("", fmt::format("tablespace {} ({}), {}", tablespace.location, tablespace.oid,
                                 human_size(tablespace.size)));
  }
  text += line("stored", fmt::format("{} in {} of its own", human_size(backup.stored_size),
                                     human_count(backup.pack_count, "pack")));
  text += line("replay", fmt::format("timeline {}, from {}, consistent at {}", backup.timeline,
                                     backup.start.to_text(), backup.stop.to_text()));
  text += line("WAL", wal_text(shown));
  for (const auto& failure : backup.checksum_failures) text += line("DAMAGED", failure);
  for (const auto& warning : backup.warnings) text += line("WARNING", warning);
  return text;
}

std::string settings_text(const ServerRecord& server) {
  if (server.settings.empty()) return {};
  std::size_t width = 0;
  for (const auto& [name, value] : server.settings) width = std::max(width, name.size());
  std::string text = "\nSettings of the server:\n";
  for (const auto& [name, value] : server.settings) {
    text += fmt::format("  {:<{}}  {}\n", name, width, value.empty() ? "(empty)" : value);
  }
  return text;
}

// The first digits are enough to compare two by eye; --json has all.
std::string schema_text(const DatabaseRecord& database) {
  constexpr std::size_t kShown = 16;
  return database.schema_digest.substr(0, kShown);
}

std::string database_text(const DatabaseRecord& database, std::size_t width) {
  std::string text = fmt::format("  {:<{}}  {:>8}  {:<9}  {:<12}  ", database.name, width,
                                 database.size ? human_size(*database.size) : "-",
                                 database.encoding, database.collation);
  if (!database.not_recorded.empty()) return text + "not recorded: " + database.not_recorded + "\n";
  text += schema_text(database) + "\n";
  std::vector<std::string> extensions;
  for (const auto& extension : database.extensions) {
    extensions.push_back(extension.name + " " + extension.version);
  }
  if (extensions.empty()) return text;
  return text + fmt::format("  {:<{}}  {}\n", "", width, fmt::join(extensions, ", "));
}

std::string databases_text(const ServerRecord& server) {
  if (server.databases.empty()) return {};
  std::size_t width = std::string_view("database").size();
  for (const auto& database : server.databases) width = std::max(width, database.name.size());
  std::string text = fmt::format("\n  {:<{}}  {:>8}  {:<9}  {:<12}  {}\n", "database", width,
                                 "size", "encoding", "collation", "schema; extensions");
  for (const auto& database : server.databases) text += database_text(database, width);
  return text;
}

std::string server_text(const ShownBackup& backup) {
  if (!backup.server) return fmt::format("\nOf the server: {}.\n", backup.server_unknown);
  std::string text = settings_text(*backup.server) + databases_text(*backup.server);
  if (backup.server->not_recorded.empty()) return text;
  return text + fmt::format("\nNot recorded of the server: {}.\n", backup.server->not_recorded);
}

}  // namespace

std::string show_text(const ShownBackup& backup) {
  const BackupSummary& summary = backup.summary;
  std::string text =
      fmt::format("{} · {} · {} · system {} · {}\n", summary.id, summary.cluster,
                  version_text(summary.server_version), summary.system_identifier, backup.store);
  if (!summary.label.empty()) text += fmt::format("label \"{}\"\n", summary.label);
  return text + "\n" + summary_text(backup) + server_text(backup) +
         fmt::format(
             "\nTo restore its own moment:\n  basebackup restore --backup {} "
             "--target-immediate --pgdata DIR{}\n",
             summary.id, shell_arguments(backup.options));
}

}  // namespace walden
