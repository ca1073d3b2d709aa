#include "basebackup/drill_run.h"

#include <fmt/format.h>

#include "basebackup/drill_checks.h"
#include "basebackup/drill_comparison.h"
#include "basebackup/drill_target.h"
#include "basebackup/drill_words.h"
#include "basebackup/manifest_reader.h"
#include "basebackup/restore_run.h"
#include "basebackup/shell_word.h"
#include "common/program/human.h"

namespace walden {
namespace {

using std::chrono::milliseconds;

std::string plan_words(const RestorePlan& plan, std::uint64_t wal_bytes) {
  const BackupSummary& backup = plan.replay.from.backup;
  // The newest is what the drill's heading says; a moment may have been chosen here.
  const bool is_moment = plan.target.kind == RestoreTarget::Kind::time;
  const std::string target = is_moment ? "to " + plan.target.to_text() + ": " : "";
  return fmt::format("{}backup {}, ended {} UTC; {} ({}) to replay, all present", target, backup.id,
                     utc_time(backup.stopped), human_count(plan.replay.needed.count(), "segment"),
                     human_size(wal_bytes));
}

}  // namespace

DrillRun::DrillRun(const DrillWish& wish, const ConfigurationOptions& options, Archive& archive,
                   const Policy& policy, DrillPlace& place, DrillReport& report,
                   std::function<void(const DrillStep&)> told, const std::atomic<bool>& cancel)
    : wish_(wish),
      options_(options),
      archive_(archive),
      policy_(policy),
      place_(place),
      report_(report),
      told_(std::move(told)),
      cancel_(cancel) {}

milliseconds DrillRun::took() const {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - step_begun_);
}

void DrillRun::add(Fact fact) {
  report_.steps.push_back({std::move(fact)});
  told_(report_.steps.back());
}

void DrillRun::add_timed(Fact fact) {
  report_.steps.push_back({std::move(fact), took()});
  told_(report_.steps.back());
}

Result<bool> DrillRun::failed(std::string_view step, const Error& error) {
  if (cancel_) return std::unexpected(error);
  add_timed(failing(step, error));
  return false;
}

Result<> DrillRun::run() {
  TRY(run_steps());
  objectives();
  return finish();
}

Result<> DrillRun::run_steps() {
  if (!TRY(plan()) || !find_programs() || !TRY(restore()) || !TRY(recover())) return {};
  return ask();
}

Result<RestoreTarget> DrillRun::choose_target() {
  TargetOptions options{.time = wish_.target_time};
  if (wish_.seed) {
    const auto window = TRY(
        read_recovery_window(*archive_.context.store, archive_.names, archive_.opening, cancel_));
    options.time = postgres_time(TRY(random_moment(window, *wish_.seed)));
  }
  // Opened for writing, as after a real disaster: and pg_amcheck may install what it needs.
  if (options.time) options.action = "promote";
  return parse_target(options);
}

Result<RestorePlan> DrillRun::make_plan() {
  const RestoreTarget target = TRY(choose_target());
  report_.target = target.to_text();
  if (target.kind == RestoreTarget::Kind::time) report_.target_time = target.time;
  const auto mappings =
      [this](const BackupSummary& backup) -> Result<std::vector<TablespaceMapping>> {
    if (auto room = check_room(place_.path(), backup.database_size, 0); !room) {
      no_room_ = room.error();
      return std::unexpected(room.error());
    }
    std::vector<TablespaceMapping> moved;
    for (const auto& tablespace : backup.tablespaces) {
      if (!tablespace.location.starts_with('/')) continue;  // in place: within the directory
      moved.push_back({tablespace.location, place_.tablespace(tablespace.oid).string()});
    }
    return moved;
  };
  const RestoreRequest request{
      .pgdata = place_.pgdata(), .target = target, .backup = wish_.backup, .mappings = mappings};
  return prepare_restore(request, options_, archive_);
}

Result<bool> DrillRun::plan() {
  begin_step();
  auto made = make_plan();
  if (no_room_) return std::unexpected(*no_room_);
  if (!made) return failed("plan", made.error());
  plan_ = std::move(*made);
  const BackupSummary& backup = plan_->replay.from.backup;
  const std::uint64_t segments = plan_->replay.needed.count();
  report_.backup = DrilledBackup{.id = backup.id,
                                 .started = backup.started,
                                 .stopped = backup.stopped,
                                 .server_version = backup.server_version,
                                 .database_size = backup.database_size,
                                 .segments = segments,
                                 .wal_bytes = segments * backup.segment_size};
  TRY(check_room(place_.path(), backup.database_size, report_.backup->wal_bytes));
  report_.times.plan = took();
  add_timed(good("plan", plan_words(*plan_, report_.backup->wal_bytes)));
  for (const auto& path : plan_->unreadable) {
    add(warning("plan", fmt::format("{} may not use {}", plan_->place.server_user()->name, path),
                "the server stops for want of it: give it to that user"));
  }
  for (const auto& text : plan_->warnings) add(warning("plan", text, ""));
  if (plan_->replay.unread) add(failing("plan", *plan_->replay.unread));
  return true;
}

bool DrillRun::find_programs() {
  begin_step();
  const int version = report_.backup->server_version;
  auto found = find_server_programs(policy_.drill.bindir, version);
  if (!found) {
    add(failing("programs", found.error()));
    return false;
  }
  programs_ = *found;
  const std::string text =
      fmt::format("PostgreSQL {} in {}", version_text(found->version), found->folder.string());
  if (found->version >= version) {
    add(good("programs", text));
  } else {
    add(warning("programs", text + ", older than the backup's " + version_text(version),
                "update this host's PostgreSQL"));
  }
  return true;
}

Result<bool> DrillRun::restore() {
  begin_step();
  Store& store = *archive_.context.store;
  const auto done = [&]() -> Result<> {
    const auto manifest =
        TRY(ManifestFile::open(store, archive_.names, report_.backup->id, archive_.opening));
    TRY(manifest.for_each_file([&](const FileRecord& file) -> Result<> {
      has_settings_ = has_settings_ || file.path == "postgresql.conf";
      return {};
    }));
    TRY(run_restore(store, archive_.names, archive_.opening, *plan_, manifest,
                    archive_.context.configuration.threads, cancel_));
    return {};
  }();
  if (!done) return failed("restore", done.error());
  report_.times.restore = took();
  add_timed(good("restore",
                 fmt::format("{} in {}; every file matches its digest",
                             human_size(report_.backup->database_size), drill_duration(took()))));
  return true;
}

Result<> DrillRun::wait_for_server() {
  server_ = TRY(DrillServer::start({.programs = *programs_,
                                    .place = place_,
                                    .has_settings = has_settings_,
                                    .system_identifier = archive_.names.system_identifier()},
                                   cancel_));
  return server_->wait_until_open(Clock::now() + wish_.deadline);
}

Result<bool> DrillRun::recover() {
  begin_step();
  const auto open = wait_for_server();
  const milliseconds time = took();
  if (!open) {
    if (server_) report_.server_log = server_->log_end();
    return failed("recovery", open.error());
  }
  const auto recovered = server_->recovered();
  if (!recovered) return failed("recovery", recovered.error());
  report_.times.recovery = time;
  report_.replayed_to = recovered->replayed_to;
  // Without a transaction after it, the backup's end is the newest that came back.
  report_.last_commit = recovered->last_commit.value_or(report_.backup->stopped);
  add_timed(
      good("recovery",
           fmt::format("replayed to {} and open for writing in {}; newest transaction {} UTC",
                       report_.replayed_to, drill_duration(time), utc_time(*report_.last_commit))));
  for (auto& fact : compare_with_plan(*plan_, report_.replayed_to)) add(std::move(fact));
  for (const auto& library : server_->missing_libraries()) {
    add(warning(
        "recovery",
        fmt::format("{} is not on this host: started without shared_preload_libraries", library),
        "install it here: after a disaster it would be missed"));
  }
  add(recovered->checksums ? good("checksums", "on: each page is verified as it is read")
                           : warning("checksums", "off: a page that rotted is not noticed",
                                     "pg_checksums --enable"));
  return true;
}

Result<> DrillRun::ask() {
  const auto begun = Clock::now();
  const DrillChecking checking{.server = *server_,
                               .programs = *programs_,
                               .place = place_,
                               .deadline = begun + wish_.deadline,
                               .cancel = cancel_};
  for (const auto& check : policy_.drill.checks) {
    begin_step();
    add_timed(TRY(run_check(checking, check)));
  }
  begin_step();
  add_timed(TRY(read_every_table(checking, report_.databases)));
  begin_step();
  add_timed(TRY(run_amcheck(checking)));
  report_.times.checks = std::chrono::duration_cast<milliseconds>(Clock::now() - begun);
  return {};
}

void DrillRun::objectives() {
  const std::size_t before = report_.steps.size();
  report_.rto_objective = policy_.objectives.rto;
  report_.rpo_objective = policy_.objectives.rpo;
  judge_objectives(report_);
  for (std::size_t i = before; i < report_.steps.size(); ++i) told_(report_.steps[i]);
}

Result<> DrillRun::finish() {
  if (server_ && report_.times.recovery) {
    begin_step();
    const auto stopped = server_->stop();
    add_timed(stopped ? good("stop", "the server stopped in order")
                      : failing("stop", stopped.error()));
  }
  server_.reset();
  if (wish_.keep_copy) {
    TRY(place_.keep());
    add(good("cleanup", fmt::format("the copy stays, until you remove it: rm -r {}",
                                    shell_word(place_.path().string()))));
    return {};
  }
  begin_step();
  const auto removed = place_.remove();
  if (!removed) add_timed(failing("cleanup", removed.error()));
  return {};
}

}  // namespace walden
