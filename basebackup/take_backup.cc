#include "basebackup/take_backup.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "basebackup/backup_name.h"
#include "basebackup/backup_recorder.h"
#include "basebackup/changed_blocks.h"
#include "basebackup/complete_summary.h"
#include "basebackup/earlier_backup.h"
#include "basebackup/interrupted_uploads.h"
#include "basebackup/keep_history.h"
#include "basebackup/keep_server_record.h"
#include "basebackup/outline.h"
#include "basebackup/primary_server.h"
#include "basebackup/server_facts.h"
#include "basebackup/wal_proof.h"
#include "common/program/human.h"
#include "common/program/progress.h"
#include "common/program/report.h"

namespace walden {
namespace {

constexpr const char* kProgram = "basebackup";

// From here on a server sends only the changed blocks of what it sent before.
constexpr int kFirstIncremental = 170000;
constexpr int kFirstCompressed = 150000;

class BackupRun {
 public:
  BackupRun(Context& context, const PushSettings& settings, const Sealing& sealing,
            const ServerFacts& facts, const std::optional<PrimaryServer>& primary,
            const ObjectNames& names, EarlierBackup earlier)
      : context_(context),
        settings_(settings),
        sealing_(sealing),
        facts_(facts),
        primary_(primary),
        names_(names),
        archive_(*context.store, names_),
        earlier_(std::move(earlier)) {}

  // All but the manifest: nothing of it is a backup yet.
  Result<> gather(ReplicationConnection& connection, const std::atomic<bool>& cancel) {
    history_ = TRY(keep_history(connection, archive_, facts_.timeline, sealing_));
    const BackupEnd end = TRY(receive(connection, cancel));
    TRY(check(end));
    summary_.label = settings_.server.label;
    summary_.cluster = context_.configuration.cluster;
    complete_summary(summary_, facts_, recorded_, end);
    // A standby's backup can belong to an earlier timeline than the one that it follows by now.
    if (summary_.timeline != facts_.timeline) {
      history_ = TRY(keep_history(connection, archive_, summary_.timeline, sealing_));
    }
    TRY(prove(cancel));
    return earlier_.check_referred(*context_.store, names_);
  }

  [[nodiscard]] const BackupSummary& summary() const { return summary_; }

  // From here on it is a backup, or may be: where the answer of the store was lost.
  [[nodiscard]] Result<BackupSummary> commit() {
    // Before the manifest, and in this order: outline.h says why.
    TRY(write_outline(*context_.store, names_, outline_of(summary_, history_), sealing_));
    TRY(check_references(*context_.store, names_, summary_.references, recorded_.all_packs()));
    const auto written =
        write_recorded_manifest(*context_.store, names_, summary_, recorded_, sealing_);
    if (written) {
      earlier_.remember(summary_, recorded_, sealing_, facts_.data_checksums);
      return summary_;
    }
    Error error = written.error();
    if (error.kind == ErrorKind::transient) {
      error.remedy =
          fmt::format("Whether backup {} is there is not known: basebackup list", summary_.id);
    }
    return std::unexpected(std::move(error));
  }

 private:
  Result<BackupEnd> receive(ReplicationConnection& connection, const std::atomic<bool>& cancel) {
    const auto blocks = TRY(offer_blocks(connection, cancel));
    auto end = receive(connection, blocks, cancel);
    if (!end && !begun_ && settings_.server.compressed && end.error().cause.contains("compress")) {
      Error error = end.error();
      error.remedy = "Take the backup without --server-compress.";
      return std::unexpected(std::move(error));
    }
    // Where summaries of the WAL are missing, the server says so before it sends anything.
    if (end || !blocks || begun_ || cancel) return end;
    TRY(without_blocks(connection, end.error()));
    return receive(connection, std::nullopt, cancel);
  }

  Result<BackupEnd> receive(ReplicationConnection& connection,
                            const std::optional<BlockLayout>& blocks,
                            const std::atomic<bool>& cancel) {
    BackupRecorder recorder(
        [this](const BackupStart& start) { return open_packs(start); },
        [this](std::uint64_t bytes) { progress_->add(bytes); },
        [this] { progress_->waiting("waiting for the server to archive the backup's WAL"); },
        earlier_.parts(), blocks);
    BaseBackupOptions options = server_options();
    options.incremental = blocks.has_value();
    if (options.incremental) summary_.base = earlier_.summary().id;
    BackupEnd end = TRY(run_base_backup(connection, options, recorder, cancel));
    progress_->done();
    recorded_ = TRY(recorder.finish());
    return end;
  }

  // How the server's blocks lie where it is to send changed ones only; else nothing.
  Result<std::optional<BlockLayout>> offer_blocks(ReplicationConnection& connection,
                                                  const std::atomic<bool>& cancel) {
    if (!earlier_.is_there() || facts_.version < kFirstIncremental) return std::nullopt;
    if (TRY(connection.show("summarize_wal")) != "on") return std::nullopt;
    const std::string why_not =
        why_all_blocks(earlier_.summary(), earlier_.data_checksums(), facts_, history_);
    if (!why_not.empty()) {
      say_all_blocks(why_not);
      return std::nullopt;
    }
    const auto blocks = parse_block_layout(TRY(connection.show("block_size")),
                                           TRY(connection.show("segment_size")));
    if (!blocks) {
      say_all_blocks(blocks.error().cause);
      return std::nullopt;
    }
    const auto uploaded = earlier_.upload(connection, blocks->size, cancel);
    if (uploaded) return *blocks;
    if (cancel) return std::unexpected(uploaded.error());
    TRY(without_blocks(connection, uploaded.error()));
    return std::nullopt;
  }

  static void say_all_blocks(std::string_view why) {
    say(kProgram, fmt::format("the server sends all blocks, not only the changed ones: {}", why));
  }

  Result<> without_blocks(ReplicationConnection& connection, const Error& why) {
    say_all_blocks(why.cause);
    summary_.base.clear();
    connection = TRY(ReplicationConnection::open(settings_.connection));
    return check_same_server(facts_, TRY(ask_server(connection)));
  }

  // PostgreSQL waits for a standby's archiver only where archive_mode is always.
  [[nodiscard]] BaseBackupOptions server_options() const {
    BaseBackupOptions options = settings_.server;
    options.segment_size = facts_.segment_size;
    if (!facts_.is_standby) options.archive_deadline = settings_.wal_deadline;
    return options;
  }

  Result<std::unique_ptr<PackWriter>> open_packs(const BackupStart& start) {
    begun_ = true;
    TRY(check_timeline(start));
    const auto name = TRY(name_backup(*context_.store, names_, start, facts_.segment_size));
    summary_.started = name.started;
    summary_.id = name.id;
    say(kProgram,
        fmt::format("{}: {} backup at {}, timeline {}, about {}", context_.configuration.cluster,
                    earlier_.is_there() ? "incremental" : "full", start.lsn.to_text(),
                    start.timeline, human_size(start.estimated_size)));
    progress_.emplace(kProgram, "base", start.estimated_size);
    return std::make_unique<PackWriter>(*context_.store, names_, summary_.id, sealing_, kPackSize,
                                        earlier_.last_pack_number() + 1);
  }

  // Whether the server's blocks may be built on was judged by the timeline that it was on before.
  [[nodiscard]] Result<> check_timeline(const BackupStart& start) const {
    const bool judged =
        start.timeline == facts_.timeline || (history_ && history_->contains(start.timeline));
    if (summary_.base.empty() || judged) return {};
    return fail(ErrorKind::transient,
                fmt::format("the server changed from timeline {} to {} before the backup",
                            facts_.timeline, start.timeline),
                "Take the backup again.");
  }

  [[nodiscard]] Result<> check(const BackupEnd& end) const {
    TRY(check_against_server(recorded_, facts_.system_identifier));
    if (end.timeline == recorded_.start.timeline) return {};
    return fail(ErrorKind::transient,
                fmt::format("the server changed from timeline {} to {} during the backup",
                            recorded_.start.timeline, end.timeline),
                "Take the backup again.");
  }

  [[nodiscard]] Result<> prove(const std::atomic<bool>& cancel) {
    const auto needed =
        wal_needed(summary_.timeline, summary_.start, summary_.stop, summary_.segment_size);
    Progress progress(kProgram, "WAL", 0);
    const WalWait wait{.deadline = settings_.wal_deadline,
                       .from_standby = facts_.is_standby,
                       .finish_last = asking_primary(),
                       .waiting = [&](const std::string& what) { progress.waiting(what); }};
    return prove_wal(archive_, needed, wait, cancel);
  }

  // The primary may finish the segment by itself in time: a refusal does not end the wait.
  [[nodiscard]] std::function<void()> asking_primary() const {
    if (!primary_) return {};
    return [this] {
      if (const auto asked = primary_->finish_segment(); !asked) say(kProgram, asked.error().cause);
    };
  }

  Context& context_;
  const PushSettings& settings_;
  const Sealing& sealing_;
  const ServerFacts& facts_;
  const std::optional<PrimaryServer>& primary_;
  const ObjectNames& names_;
  WalArchive archive_;
  EarlierBackup earlier_;
  BackupSummary summary_;
  RecordedBackup recorded_;
  bool begun_ = false;                      // the server has begun to send
  std::optional<TimelineHistory> history_;  // of the backup's timeline, where there is one
  std::optional<Progress> progress_;        // from the backup's start on
};

void tell_other_identifier(const Context& context, const ServerFacts& facts) {
  if (facts.system_identifier == context.marker.system_identifier) return;
  say(kProgram,
      fmt::format("this server's system identifier {} is not the one the archive of {} was set up "
                  "for ({}): its backups go to a folder of their own",
                  facts.system_identifier, context.configuration.cluster,
                  context.marker.system_identifier));
}

// Before the backup begins, so that none of hours fails at its end.
Result<std::optional<PrimaryServer>> look_at_primary(const PushSettings& settings,
                                                     const ServerFacts& facts) {
  if (settings.primary.empty()) return std::nullopt;
  if (facts.is_standby)
    return TRY(PrimaryServer::look_at(settings.primary, facts.system_identifier));
  say(kProgram, "this server is no standby: --primary is not needed");
  return std::nullopt;
}

}  // namespace

Result<BackupSummary> take_backup(Context& context, const PushSettings& settings,
                                  const std::atomic<bool>& cancel) {
  const Sealing sealing = TRY(load_sealing(context.configuration));
  auto connection = TRY(ReplicationConnection::open(settings.connection));
  const ServerFacts facts = TRY(ask_server(connection));
  if (settings.server.compressed && facts.version < kFirstCompressed) {
    return fail(ErrorKind::usage, "the server is older than PostgreSQL 15: it cannot compress",
                "Take the backup without --server-compress.");
  }
  const auto primary = TRY(look_at_primary(settings, facts));
  tell_other_identifier(context, facts);
  const ObjectNames names(context.configuration.cluster, facts.system_identifier);
  tidy_up_uploads(*context.store, names);
  auto earlier = settings.full ? EarlierBackup::none(context, names)
                               : TRY(EarlierBackup::find(context, names, sealing));
  BackupRun run(context, settings, sealing, facts, primary, names, std::move(earlier));
  const auto gathered = run.gather(connection, cancel);
  if (!gathered && cancel) {
    return fail(ErrorKind::transient, "interrupted: there is no new backup",
                "Packs that were already stored are no backup, and no command takes them for one.");
  }
  if (!gathered) return std::unexpected(gathered.error());
  keep_server_record(context, settings.connection, run.summary(), sealing, cancel);
  return run.commit();
}

}  // namespace walden
