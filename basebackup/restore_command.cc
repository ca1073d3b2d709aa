#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "basebackup/audited.h"
#include "basebackup/commands.h"
#include "basebackup/old_tree.h"
#include "basebackup/restore_preparation.h"
#include "basebackup/restore_run.h"
#include "common/program/human.h"
#include "common/program/signals.h"

namespace walden {
namespace {

struct RestoreOptions {
  explicit RestoreOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  std::string pgdata;
  TargetOptions target;
  std::string timeline = "latest";
  std::string backup;
  std::string waldir;
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
  Archive archive = TRY(open_archive(options.configuration, options.system_id));
  const RestoreRequest request{
      .pgdata = options.pgdata,
      .target = target,
      .timeline = options.timeline,
      .backup = wanted_backup(options, old),
      .mappings = [&](const BackupSummary&) -> Result<std::vector<TablespaceMapping>> {
        return mappings;
      },
      .keep_archiving = options.archive,
      .over = options.over(),
      .waldir = options.waldir};
  RestorePlan plan = TRY(prepare_restore(request, options.configuration, archive));
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
  app.add_option(
         "--tablespace", options->tablespaces,
         "OLD=NEW: put a tablespace into another folder; OLD=OLD with --delta: over the old "
         "one; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--system-id", options->system_id, "The system identifier, if there are several");
  app.add_flag("--archive", options->archive,
               "Leave archiving on: this copy replaces the original");
  app.add_flag("--resume", options->resume,
               "Go on with a restore that was cut off: what is right already is not fetched again");
  app.add_flag("--delta", options->delta,
               "Go over a stopped server's old copy, which is lost: only what differs is fetched");
  app.add_option("--waldir", options->waldir,
                 "With --delta, where the old copy's pg_wal leads if it is a link: lost as well");
  app.add_flag("--plan", options->plan, "Say what would be done, and change nothing");
  return audited(app, options->configuration, kAuditWithKey,
                 [options](Audit& audit) { return restore(*options, audit); });
}

}  // namespace walden
