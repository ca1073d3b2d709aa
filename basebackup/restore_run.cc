#include "basebackup/restore_run.h"

#include <fmt/format.h>

#include "basebackup/combined_backup.h"
#include "basebackup/kept_files.h"
#include "basebackup/moved_tablespaces.h"
#include "basebackup/old_tree.h"
#include "basebackup/recovery_settings.h"
#include "basebackup/restore_files.h"
#include "common/program/human.h"
#include "common/program/progress.h"

namespace walden {
namespace {

class RestoreRun {
 public:
  RestoreRun(FileRestore restore, const RestorePlan& plan, RestoredTree& tree, Progress& progress)
      : restore_(std::move(restore)), plan_(plan), tree_(tree), progress_(progress) {
    if (!is_combined()) return;
    restore_.checksum = [this](const FileRecord& file, std::uint32_t crc) {
      combined_.add(file, crc);
    };
  }

  Result<Restored> run() {
    TRY(make_ready());
    TRY(restore_files(restore_));
    progress_.waiting("making the files durable");
    TRY(tree_.sync_files(restore_.manifest, restore_.threads, restore_.cancel));
    TRY(write_settings());
    TRY(tree_.sync_directories());
    TRY(restore_control_file(restore_));
    TRY(tree_.release());
    return restored_;
  }

 private:
  [[nodiscard]] bool is_combined() const { return !restore_.manifest.summary().base.empty(); }

  // What may refuse comes before the claim, from which on the old copy is lost.
  Result<> make_ready() {
    std::optional<OldTree> old;
    if (plan_.place.over_old) old = TRY(OldTree::look(plan_.place, restore_.manifest));
    TRY(tree_.claim(restore_.manifest.summary()));
    if (old) TRY(old->remove_strays());
    TRY(tree_.make_directories(restore_.manifest));
    if (!old) return {};
    progress_.waiting("comparing what is there");
    auto kept = TRY(keep_right_files(restore_, plan_.over == Over::cut_off_restore));
    restored_.kept_files = kept.count;
    restored_.kept_bytes = kept.bytes;
    restore_.kept = std::move(kept.by_number);
    return {};
  }

  Result<> write_settings() {
    const BackupSummary& backup = restore_.manifest.summary();
    if (is_combined()) TRY(combined_.finish(tree_));
    TRY(rewrite_tablespace_map(plan_.place, tree_));
    const RecoverySettings settings{.backup_id = backup.id,
                                    .restore_command = plan_.restore_command,
                                    .timeline = plan_.timeline_setting,
                                    .target = plan_.replay.instead.value_or(plan_.target),
                                    .keep_archiving = plan_.keep_archiving,
                                    .written = now()};
    return write_recovery_settings(settings, tree_, backup.data_directory_mode);
  }

  FileRestore restore_;
  const RestorePlan& plan_;
  RestoredTree& tree_;
  Progress& progress_;
  CombinedBackup combined_;
  Restored restored_;
};

std::string taken_away(RestoredTree& tree, const std::string& pgdata) {
  const auto removed = tree.remove();
  if (removed) return fmt::format("What was written to {} was removed again.", pgdata);
  return fmt::format("{} is incomplete and cannot be started; remove it: {}.", pgdata,
                     removed.error().cause);
}

// Another backup is what helps where this one is damaged; everything else passes.
std::string left_behind(const RestoredTree& tree, bool lost, const std::string& pgdata) {
  if (const auto disarmed = tree.disarm(); !disarmed) {
    return fmt::format("{} is incomplete; remove it: {}.", pgdata, disarmed.error().cause);
  }
  return fmt::format(
      "{} is incomplete and cannot be started. {}, or remove it.", pgdata,
      lost ? "Go over it with another backup: the same command with --backup ID --delta"
           : "What was restored is kept: go on with the same command and --resume");
}

std::unexpected<Error> ended(RestoredTree& tree, const RestorePlace& place, bool restored_any,
                             Error error) {
  const bool lost = error.kind == ErrorKind::corrupt || error.kind == ErrorKind::absent;
  std::string what = "Nothing was changed.";
  if (tree.made_anything()) {
    const bool remove = tree.may_be_removed() && (lost || !restored_any);
    what = remove ? taken_away(tree, place.pgdata.string())
                  : left_behind(tree, lost, place.pgdata.string());
  }
  if (!error.remedy.empty() && error.remedy != what) what += " " + error.remedy;
  return fail(error.kind, std::move(error.cause), std::move(what));
}

}  // namespace

Result<Restored> run_restore(Store& store, const ObjectNames& names, const Opening& opening,
                             const RestorePlan& plan, const ManifestFile& manifest,
                             unsigned threads, const std::atomic<bool>& cancel) {
  const Instant begun = now();
  RestoredTree tree(plan.place);
  Progress progress("basebackup", "fetch", manifest.summary().database_size);
  std::atomic<bool> restored_any = false;
  RestoreRun run({.store = store,
                  .names = names,
                  .opening = opening,
                  .manifest = manifest,
                  .tree = tree,
                  .threads = threads,
                  .advance =
                      [&](std::uint64_t bytes) {
                        restored_any = true;
                        progress.add(bytes);
                      },
                  .cancel = cancel},
                 plan, tree, progress);
  auto restored = run.run();
  progress.done();
  if (!restored) return ended(tree, plan.place, restored_any, std::move(restored).error());
  restored->took = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::microseconds(now().microseconds - begun.microseconds));
  return restored;
}

}  // namespace walden
