#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>

#include "basebackup/audited.h"
#include "basebackup/catalog.h"
#include "basebackup/commands.h"
#include "basebackup/context.h"
#include "basebackup/old_tree.h"
#include "basebackup/replay_refusals.h"
#include "basebackup/restore_candidates.h"
#include "basebackup/restore_run.h"
#include "basebackup/segment_sentence.h"
#include "basebackup/wal_fetch_command.h"
#include "common/program/human.h"
#include "common/program/progress.h"
#include "common/program/signals.h"
#include "common/store/s3_store.h"

namespace walden {
namespace {

struct RestoreOptions {
  explicit RestoreOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  std::string pgdata;
  TargetOptions target;
  std::string timeline = "latest";
  std::string backup;
  std::vector<std::string> tablespaces;
  std::uint64_t system_id = 0;
  bool archive = false;
  bool plan = false;
  bool resume = false;
  bool delta = false;

  [[nodiscard]] Over over() const {
    if (resume) return Over::cut_off_restore;
    return delta ? Over::old_copy : Over::nothing;
  }
};

// What was opened and found before the plan is made.
struct Archive {
  Context context;
  Opening opening;
  ObjectNames names;
};

Result<Archive> open_archive(const RestoreOptions& options) {
  Context context = TRY(open_context(options.configuration));
  Opening opening = TRY(load_opening(context.configuration));
  const std::string cluster = context.configuration.cluster;
  const std::uint64_t identifier = TRY(choose_system_identifier(
      *context.store, cluster, context.marker.system_identifier, options.system_id));
  return Archive{std::move(context), std::move(opening), ObjectNames(cluster, identifier)};
}

bool keys_come_from_environment(Store& store) {
  const auto* bucket = dynamic_cast<S3Store*>(&store);
  return bucket != nullptr && bucket->credentials_from_environment();
}

void warn_of_damage(const BackupSummary& backup, std::vector<std::string>& warnings) {
  if (backup.checksum_failures.empty()) return;
  warnings.emplace_back("the server reported damaged pages while this backup was taken");
}

void warn_of_gap(const TimelineChooser& timelines, const BackupSummary& backup,
                 std::vector<std::string>& warnings) {
  const Timeline beyond = timelines.beyond_gap(backup);
  if (beyond == 0) return;
  warnings.push_back(
      fmt::format("there is a timeline {0} behind a gap in the numbers; for it say "
                  "--target-timeline {0}",
                  beyond));
}

// What wal-fetch opens when the restored server runs it.
std::vector<AccessNeed> needs_of_wal_fetch(const Configuration& configuration,
                                           const std::filesystem::path& wal_fetch) {
  std::vector<AccessNeed> needs = {{wal_fetch, R_OK | X_OK}};
  if (configuration.file) needs.push_back({std::filesystem::absolute(*configuration.file), R_OK});
  constexpr std::string_view kDirectory = "file://";
  if (configuration.store.starts_with(kDirectory)) {
    needs.push_back({configuration.store.substr(kDirectory.size()), R_OK | X_OK});
  }
  for (const auto& path :
       {configuration.key_file, configuration.passphrase_file, configuration.s3_ca_file}) {
    if (!path.empty()) needs.push_back({std::filesystem::absolute(path), R_OK});
  }
  return needs;
}

Result<std::vector<std::string>> unreadable_for(const std::optional<HostUser>& user,
                                                const std::vector<AccessNeed>& needs) {
  std::vector<std::string> paths;
  if (!user) return paths;
  for (const auto& need : TRY(lacking_access(*user, needs))) paths.push_back(need.path.string());
  return paths;
}

Result<Replay> find_replay(Archive& archive, WalArchive& wal, const RestoreTarget& target,
                           const std::vector<Candidate>& candidates) {
  Progress progress("basebackup", "plan", 0);
  ReplayPlanner planner(wal, archive.opening, target, interruption_flag(),
                        [&](const WalName& name) {
                          progress.waiting(segment_sentence("looking for the target", name));
                        });
  auto replay = planner.plan(candidates);
  progress.done();
  return replay;
}

// Only a time means the same on each of them. Advice: what hinders it is no reason to stop.
std::vector<OtherTimeline> timelines_beside(Archive& archive, WalArchive& wal,
                                            const RestoreTarget& target,
                                            const Candidates& candidates) {
  if (target.kind != RestoreTarget::Kind::time) return {};
  auto others = other_timelines(wal, archive.opening, candidates.readable,
                                candidates.newest_first.front().history, interruption_flag());
  return std::move(others).value_or(std::vector<OtherTimeline>{});
}

Result<RestorePlan> make_plan(const RestoreOptions& options, const std::string& wanted,
                              const RestoreTarget& target,
                              const std::vector<TablespaceMapping>& mappings, Archive& archive) {
  WalArchive wal(*archive.context.store, archive.names);
  auto timelines = TRY(TimelineChooser::create(wal, archive.opening, options.timeline));
  auto candidates = TRY(
      find_candidates(*archive.context.store, archive.names, archive.opening, timelines, wanted));
  auto found = find_replay(archive, wal, target, candidates.newest_first);
  const auto others = timelines_beside(archive, wal, target, candidates);
  if (!found) {
    return std::unexpected(with_other_timelines(std::move(found).error(), target, others));
  }
  const Replay replay = *std::move(found);
  const BackupSummary& backup = replay.from.backup;
  RestorePlace place = TRY(check_place(options.pgdata, mappings, backup, options.over()));
  RestorePlan plan{.cluster = archive.context.configuration.cluster,
                   .target = target,
                   .replay = replay,
                   .place = std::move(place),
                   .over = options.over(),
                   .timeline_setting = {},
                   .restore_command = {},
                   .keep_archiving = options.archive,
                   .unreadable = {},
                   .warnings = std::move(candidates.warnings)};
  plan.timeline_setting =
      timelines.setting_for(backup, replay.from.history.timeline(),
                            /*open_end=*/target.kind == RestoreTarget::Kind::latest);
  plan.keys_from_environment = keys_come_from_environment(*archive.context.store);
  const auto wal_fetch = TRY(find_wal_fetch());
  const auto arguments = TRY(options.configuration.arguments_for_restore_command());
  plan.restore_command = TRY(wal_fetch_command(wal_fetch, arguments, backup.server_version));
  plan.unreadable = TRY(unreadable_for(
      plan.place.server_user(), needs_of_wal_fetch(archive.context.configuration, wal_fetch)));
  warn_of_damage(backup, plan.warnings);
  warn_of_gap(timelines, backup, plan.warnings);
  if (options.timeline == "latest") {
    std::ranges::copy(warnings_of_other_timelines(target, others),
                      std::back_inserter(plan.warnings));
  }
  return plan;
}

// One that was cut off goes on with its backup: by now there may be a newer one.
std::string wanted_backup(const RestoreOptions& options, const std::optional<OldCopy>& old) {
  const bool goes_on = options.resume && options.backup.empty() && old && old->claim;
  return goes_on ? old->claim->backup : options.backup;
}

Result<> look_at_what_is_there(RestorePlan& plan, const ManifestFile& manifest) {
  if (!plan.place.over_old) return {};
  if (plan.over == Over::cut_off_restore) TRY(check_never_started(plan.place.pgdata, manifest));
  plan.strays = TRY(OldTree::look(plan.place, manifest)).strays();
  return {};
}

Result<bool> restore(const RestoreOptions& options, Audit& audit) {
  if (options.plan) audit.keep_to_file();
  const RestoreTarget target = TRY(parse_target(options.target));
  if (options.resume && options.delta) {
    return fail(ErrorKind::usage, "only one of --resume and --delta can be given");
  }
  std::vector<TablespaceMapping> mappings;
  for (const auto& text : options.tablespaces) {
    mappings.push_back(TRY(parse_tablespace_mapping(text)));
  }
  const auto old = TRY(check_data_directory(options.pgdata, options.over()));
  const auto& interrupted = interruption_flag();
  Archive archive = TRY(open_archive(options));
  RestorePlan plan =
      TRY(make_plan(options, wanted_backup(options, old), target, mappings, archive));
  Store& store = *archive.context.store;
  const std::string& id = plan.replay.from.backup.id;
  audit.about(id);
  const auto manifest = TRY(ManifestFile::open(store, archive.names, id, archive.opening));
  TRY(look_at_what_is_there(plan, manifest));
  if (options.plan) {
    fmt::print("{}\nNothing was changed. Run it without --plan to restore.\n",
               plan_text(plan, manifest));
    return true;
  }
  fmt::print(stderr, "{}\n", plan_text(plan, manifest));
  audit.begin();
  const Restored restored = TRY(run_restore(store, archive.names, archive.opening, plan, manifest,
                                            archive.context.configuration.threads, interrupted));
  fmt::print("{}", restored_text(plan, manifest, copy_to_start(plan, manifest), restored));
  return true;
}

void add_target_options(CLI::App& app, RestoreOptions& options) {
  TargetOptions& target = options.target;
  app.add_option("--target-time", target.time,
                 "Stop before the first transaction that ended later, as '2026-11-21 14:30+00'");
  app.add_option("--target-lsn", target.lsn, "Stop after the record at this position");
  app.add_option("--target-xid", target.xid, "Stop after this transaction");
  app.add_option("--target-name", target.name, "Stop at this restore point");
  app.add_flag("--target-immediate", target.immediate, "Stop as soon as the backup is consistent");
  app.add_flag("--target-exclusive", target.exclusive, "Stop before the target, not after it");
  app.add_option("--target-action", target.action,
                 "What the server does there (default: pause; without a target: promote)")
      ->check(CLI::IsMember({"pause", "promote", "shutdown"}));
  app.add_option("--target-timeline", options.timeline,
                 "latest, current (the backup's), or a timeline's number")
      ->capture_default_str();
}

}  // namespace

CommandBody add_restore(CLI::App& app) {
  auto options = std::make_shared<RestoreOptions>(app);
  app.add_option("--pgdata,-D", options->pgdata,
                 "The data directory: empty, or not there yet; but see --resume and --delta")
      ->required();
  add_target_options(app, *options);
  app.add_option("--backup", options->backup,
                 "The backup to start from, or a part of its id (default: the newest that can)");
  app.add_option("--tablespace", options->tablespaces,
                 "OLD=NEW: put a tablespace into another folder; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--system-id", options->system_id, "The system identifier, if there are several");
  app.add_flag("--archive", options->archive,
               "Leave archiving on: this copy replaces the original");
  app.add_flag("--resume", options->resume,
               "Go on with a restore that was cut off: what is right already is not fetched again");
  app.add_flag("--delta", options->delta,
               "Go over a stopped server's old copy, which is lost: only what differs is fetched");
  app.add_flag("--plan", options->plan, "Say what would be done, and change nothing");
  return audited(app, options->configuration, kAuditWithKey,
                 [options](Audit& audit) { return restore(*options, audit); });
}

}  // namespace walden
