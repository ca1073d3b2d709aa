#include "basebackup/take_backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "basebackup/backup_recorder.h"
#include "basebackup/damage_sentences.h"
#include "basebackup/interrupted_uploads.h"
#include "basebackup/keep_history.h"
#include "basebackup/keep_server_record.h"
#include "basebackup/manifest_check.h"
#include "basebackup/server_facts.h"
#include "basebackup/wal_proof.h"
#include "common/postgres/backup_manifest.h"
#include "common/program/human.h"
#include "common/program/progress.h"
#include "common/program/report.h"

namespace walden {
namespace {

constexpr const char* kProgram = "basebackup";

class BackupRun {
 public:
  BackupRun(Context& context, const PushSettings& settings, const Sealing& sealing,
            const ServerFacts& facts)
      : context_(context),
        settings_(settings),
        sealing_(sealing),
        facts_(facts),
        names_(context.configuration.cluster, facts.system_identifier),
        archive_(*context.store, names_) {}

  // All but the manifest: nothing of it is a backup yet.
  Result<Manifest> gather(ReplicationConnection& connection, const std::atomic<bool>& cancel) {
    TRY(keep_history(connection, archive_, facts_.timeline, sealing_));
    BackupRecorder recorder(
        [this](const BackupStart& start) { return open_packs(start); },
        [this](std::uint64_t bytes) { progress_->add(bytes); },
        [this] { progress_->waiting("waiting for the server to archive the backup's WAL"); });
    const BaseBackupOptions options = server_options();
    const BackupEnd end = TRY(run_base_backup(connection, options, recorder, cancel));
    progress_->done();
    auto recorded = TRY(recorder.finish());
    TRY(check(end, recorded));
    Manifest manifest{.summary = summarise(end, recorded),
                      .packs = std::move(recorded.packs),
                      .directories = std::move(recorded.directories),
                      .files = std::move(recorded.files)};
    // A standby's backup can belong to an earlier timeline than the one that it follows by now.
    if (manifest.summary.timeline != facts_.timeline) {
      TRY(keep_history(connection, archive_, manifest.summary.timeline, sealing_));
    }
    TRY(prove(manifest.summary, cancel));
    return manifest;
  }

  // From here on it is a backup, or may be: where the answer of the store was lost.
  [[nodiscard]] Result<BackupSummary> commit(const Manifest& manifest) const {
    const auto written = write_manifest(*context_.store, names_, manifest, sealing_);
    if (written) return manifest.summary;
    Error error = written.error();
    if (error.kind == ErrorKind::transient) {
      error.remedy = fmt::format("Whether backup {} is there is not known: basebackup list",
                                 manifest.summary.id);
    }
    return std::unexpected(std::move(error));
  }

 private:
  // PostgreSQL waits for a standby's archiver only where archive_mode is always.
  [[nodiscard]] BaseBackupOptions server_options() const {
    BaseBackupOptions options = settings_.server;
    options.segment_size = facts_.segment_size;
    if (!facts_.is_standby) options.archive_deadline = settings_.wal_deadline;
    return options;
  }

  Result<std::unique_ptr<PackWriter>> open_packs(const BackupStart& start) {
    started_ = now();
    id_ = backup_id(started_.microseconds / 1'000'000, start.timeline, start.lsn,
                    facts_.segment_size);
    say(kProgram,
        fmt::format("{}: full backup at {}, timeline {}, about {}", context_.configuration.cluster,
                    start.lsn.to_text(), start.timeline, human_size(start.estimated_size)));
    progress_.emplace(kProgram, "base", start.estimated_size);
    return std::make_unique<PackWriter>(*context_.store, names_, id_, sealing_);
  }

  [[nodiscard]] Result<> check(const BackupEnd& end,
                               const BackupRecorder::Recorded& recorded) const {
    const auto server = TRY(parse_backup_manifest(recorded.server_manifest));
    TRY(check_against_server(server, recorded.files));
    if (end.timeline == recorded.start.timeline) return {};
    return fail(ErrorKind::transient,
                fmt::format("the server changed from timeline {} to {} during the backup",
                            recorded.start.timeline, end.timeline),
                "Take the backup again.");
  }

  [[nodiscard]] BackupSummary summarise(const BackupEnd& end,
                                        const BackupRecorder::Recorded& recorded) const {
    BackupSummary summary;
    summary.id = id_;
    summary.label = settings_.server.label;
    summary.cluster = context_.configuration.cluster;
    summary.system_identifier = facts_.system_identifier;
    summary.server_version = facts_.version;
    summary.segment_size = facts_.segment_size;
    summary.timeline = recorded.start.timeline;
    summary.start = recorded.start.lsn;
    summary.stop = end.lsn;
    summary.started = started_;
    summary.stopped = now();
    summary.from_standby = facts_.is_standby;
    summary.data_directory_mode = facts_.data_directory_mode;
    summary.database_size = recorded.database_size;
    for (const auto& pack : recorded.packs) summary.stored_size += pack.stored_size;
    summary.file_count = recorded.files.size();
    summary.pack_count = static_cast<std::uint32_t>(recorded.packs.size());
    for (const auto& tablespace : recorded.start.tablespaces) {
      if (tablespace.oid == 0) continue;
      summary.tablespaces.push_back(
          {.oid = tablespace.oid, .location = tablespace.location, .size = tablespace.size});
    }
    summary.checksum_failures = bounded_damage(end.checksum_failures);
    return summary;
  }

  [[nodiscard]] Result<> prove(const BackupSummary& summary, const std::atomic<bool>& cancel) {
    const auto needed =
        wal_needed(summary.timeline, summary.start, summary.stop, summary.segment_size);
    Progress progress(kProgram, "WAL", 0);
    const WalWait wait{.deadline = settings_.wal_deadline,
                       .from_standby = facts_.is_standby,
                       .waiting = [&](const std::string& what) { progress.waiting(what); }};
    return prove_wal(archive_, needed, wait, cancel);
  }

  Context& context_;
  const PushSettings& settings_;
  const Sealing& sealing_;
  const ServerFacts& facts_;
  ObjectNames names_;
  WalArchive archive_;
  std::string id_;
  Instant started_;
  std::optional<Progress> progress_;  // from the backup's start on
};

void tell_other_identifier(const Context& context, const ServerFacts& facts) {
  if (facts.system_identifier == context.marker.system_identifier) return;
  say(kProgram,
      fmt::format("this server's system identifier {} is not the one the archive of {} was set up "
                  "for ({}): its backups go to a folder of their own",
                  facts.system_identifier, context.configuration.cluster,
                  context.marker.system_identifier));
}

}  // namespace

Result<BackupSummary> take_backup(Context& context, const PushSettings& settings,
                                  const std::atomic<bool>& cancel) {
  const Sealing sealing = TRY(load_sealing(context.configuration));
  auto connection = TRY(ReplicationConnection::open(settings.connection));
  const ServerFacts facts = TRY(ask_server(connection));
  tell_other_identifier(context, facts);
  tidy_up_uploads(*context.store,
                  ObjectNames(context.configuration.cluster, facts.system_identifier));
  BackupRun run(context, settings, sealing, facts);
  const auto manifest = run.gather(connection, cancel);
  if (!manifest && cancel) {
    return fail(ErrorKind::transient, "interrupted: there is no new backup",
                "Packs that were already stored are no backup, and no command takes them for one.");
  }
  if (!manifest) return std::unexpected(manifest.error());
  keep_server_record(context, settings.connection, manifest->summary, sealing, cancel);
  return run.commit(*manifest);
}

}  // namespace walden
