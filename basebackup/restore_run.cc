#include "basebackup/restore_run.h"

#include <fmt/format.h>

#include "basebackup/moved_tablespaces.h"
#include "basebackup/recovery_settings.h"
#include "basebackup/restore_files.h"
#include "common/program/human.h"
#include "common/program/progress.h"

namespace walden {
namespace {

Result<> write_everything(const FileRestore& restore, const RestorePlan& plan, RestoredTree& tree,
                          Progress& progress) {
  TRY(tree.make_directories(restore.manifest));
  TRY(restore_files(restore));
  progress.waiting("making the files durable");
  TRY(sync_files(restore));
  TRY(rewrite_tablespace_map(plan.place, tree));
  const RecoverySettings settings{.backup_id = restore.manifest.summary.id,
                                  .restore_command = plan.restore_command,
                                  .timeline = plan.timeline_setting,
                                  .target = plan.replay.instead.value_or(plan.target),
                                  .keep_archiving = plan.keep_archiving,
                                  .written = now()};
  TRY(write_recovery_settings(settings, tree, restore.manifest.summary.data_directory_mode));
  TRY(tree.sync_directories());
  TRY(restore_control_file(restore));
  return tree.release();
}

std::unexpected<Error> undo(const RestoredTree& tree, const RestorePlace& place, Error error) {
  if (!tree.made_anything()) {
    error.remedy = "Nothing was changed." + (error.remedy.empty() ? "" : " " + error.remedy);
    return std::unexpected(std::move(error));
  }
  const auto removed = tree.remove();
  const std::string pgdata = place.pgdata.string();
  std::string what = removed ? fmt::format("What was written to {} was removed again.", pgdata)
                             : fmt::format("{} is incomplete and cannot be started; remove it: {}.",
                                           pgdata, removed.error().cause);
  if (!error.remedy.empty()) what += " " + error.remedy;
  return fail(error.kind, std::move(error.cause), std::move(what));
}

}  // namespace

Result<> run_restore(Store& store, const ObjectNames& names, const Opening& opening,
                     const RestorePlan& plan, const Manifest& manifest, unsigned threads,
                     const std::atomic<bool>& cancel) {
  RestoredTree tree(plan.place);
  Progress progress("basebackup", "fetch", manifest.summary.database_size);
  const FileRestore restore{.store = store,
                            .names = names,
                            .opening = opening,
                            .manifest = manifest,
                            .tree = tree,
                            .threads = threads,
                            .advance = [&](std::uint64_t bytes) { progress.add(bytes); },
                            .cancel = cancel};
  auto written = write_everything(restore, plan, tree, progress);
  progress.done();
  if (written) return {};
  return undo(tree, plan.place, std::move(written).error());
}

}  // namespace walden
