#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "basebackup/audited.h"
#include "basebackup/commands.h"
#include "basebackup/run_alarm.h"
#include "basebackup/take_backup.h"
#include "basebackup/wal_proof.h"
#include "common/program/duration.h"
#include "common/program/human.h"
#include "common/program/report.h"
#include "common/program/signals.h"

namespace walden {
namespace {

struct PushOptions {
  explicit PushOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  PushSettings settings;
  std::string checkpoint = "fast";
  std::string wal_deadline = "10min";
};

// Of a full backup how well it was compressed; of another how little of the database it stores.
std::string share_stored(const BackupSummary& summary) {
  const auto database = static_cast<double>(std::max<std::uint64_t>(summary.database_size, 1));
  const auto stored = static_cast<double>(std::max<std::uint64_t>(summary.stored_size, 1));
  if (summary.references.empty()) return fmt::format("ratio {:.1f}", database / stored);
  return fmt::format("{:.2g} % of the database", 100 * stored / database);
}

void print_result(const BackupSummary& summary, std::size_t recipients) {
  const auto took = std::chrono::milliseconds(
      (summary.stopped.microseconds - summary.started.microseconds) / 1000);
  const auto needed =
      wal_needed(summary.timeline, summary.start, summary.stop, summary.segment_size);
  const auto first = segment_name(needed.timeline, needed.first, needed.segment_size).to_text();
  const auto last = segment_name(needed.timeline, needed.last, needed.segment_size).to_text();
  fmt::print("Backup {} is complete.\n\n", summary.id);
  fmt::print("  database  {} in {}\n", human_size(summary.database_size),
             human_count(summary.file_count, "file"));
  fmt::print("  stored    {} in {} ({}), {}\n", human_size(summary.stored_size),
             human_count(summary.pack_count, "pack"), share_stored(summary),
             recipients == 0 ? "not sealed: no recipients are configured"
                             : "sealed to " + human_count(recipients, "recipient"));
  if (!summary.references.empty()) {
    fmt::print("  builds on {}, the oldest {}\n",
               human_count(summary.references.size(), "earlier backup"),
               summary.references.front());
  }
  fmt::print("  took      {}, {}\n",
             human_duration(std::chrono::duration_cast<std::chrono::seconds>(took)),
             human_rate(summary.database_size, took));
  fmt::print("  WAL       {} to {} ({}), in the archive\n", first, last,
             human_count(needed.count(), "segment"));
}

// The backup exists, and its pages are as damaged as the server's own: said loudly, with exit
// code 1.
void report_damaged_pages(const BackupSummary& summary) {
  for (const auto& failure : summary.checksum_failures) say("basebackup", failure);
  report(
      "basebackup",
      {ErrorKind::corrupt, "the server found pages with a wrong checksum while it sent its files",
       "The database itself is damaged: see its log, and pg_amcheck; keep the older backups."},
      "The backup was kept and is marked as damaged.");
}

// What it leaves out is missing in every copy: pg_hba.conf, where that is a link.
void tell_warnings(const BackupSummary& summary) {
  for (const auto& warning : summary.warnings) {
    say("basebackup", fmt::format("the server warned: {}", warning));
  }
}

Result<bool> push(PushOptions& options, Audit& audit) {
  options.settings.wal_deadline = TRY(parse_duration(options.wal_deadline));
  options.settings.server.fast_checkpoint = options.checkpoint == "fast";
  Context context = TRY(open_context(options.configuration));
  const auto summary = take_backup(context, options.settings, interruption_flag());
  if (!summary) return std::unexpected(summary.error());
  audit.about(summary->id);
  print_result(*summary, context.configuration.recipients.size());
  tell_warnings(*summary);
  if (summary->checksum_failures.empty()) return true;
  report_damaged_pages(*summary);
  return false;
}

}  // namespace

CommandBody add_push(CLI::App& app) {
  auto options = std::make_shared<PushOptions>(app);
  auto& settings = options->settings;
  app.add_option("--connection", settings.connection,
                 "How to reach the server, as libpq's conninfo (default: the PG* variables)");
  app.add_option(
      "--primary", settings.primary,
      "Of a standby: how to reach its primary, which is asked to finish the backup's last "
      "WAL segment");
  app.add_option("--label", settings.server.label, "The backup's label, for people")
      ->capture_default_str();
  app.add_option("--checkpoint", options->checkpoint,
                 "fast: begin at once; spread: spare the disks")
      ->check(CLI::IsMember({"fast", "spread"}))
      ->capture_default_str();
  app.add_option("--max-rate", settings.server.max_rate_kb,
                 "At most this many kB a second, 32 to 1048576")
      ->check(CLI::Range(32U, 1048576U));
  app.add_flag("--full", settings.full,
               "Store everything, and refer to nothing of earlier backups");
  app.add_flag("--server-compress", settings.server.compressed,
               "The server compresses what it sends (zstd), to spare the network; 15 and newer");
  app.add_flag("--with-wal", settings.server.with_wal,
               "Store the WAL from start to stop in the backup too, to be kept on its own");
  app.add_option(
         "--wal-deadline", options->wal_deadline,
         "How long to wait until the server has archived the backup's WAL, and for the last of "
         "it in the archive")
      ->capture_default_str();
  return alarmed(app, options->configuration,
                 audited(app, options->configuration, kAuditOfWriting,
                         [options](Audit& audit) { return push(*options, audit); }));
}

}  // namespace walden
