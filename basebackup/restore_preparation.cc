#include "basebackup/restore_preparation.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "basebackup/catalog.h"
#include "basebackup/replay_refusals.h"
#include "basebackup/restore_candidates.h"
#include "basebackup/segment_sentence.h"
#include "basebackup/wal_fetch_command.h"
#include "common/program/progress.h"
#include "common/program/signals.h"
#include "common/store/s3_store.h"

namespace walden {
namespace {

bool keys_come_from_environment(Store& store) {
  const auto* bucket = dynamic_cast<S3Store*>(&store);
  return bucket != nullptr && bucket->credentials_from_environment();
}

void warn_of_damage(const BackupSummary& backup, std::vector<std::string>& warnings) {
  if (!backup.checksum_failures.empty()) {
    warnings.emplace_back("the server reported damaged pages while this backup was taken");
  }
  for (const auto& warning : backup.warnings) {
    warnings.push_back(fmt::format("the server, while this backup was taken: {}", warning));
  }
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

std::vector<WalName> ends_of_wal_in_backup(const Replay& replay) {
  if (!replay.wal_in_backup) return {};
  const Timeline timeline = replay.from.backup.timeline;
  const std::uint32_t size = replay.from.backup.segment_size;
  const SegmentNumber last = replay.needed.last;
  return {segment_name(timeline, last, size), segment_name(timeline, {last.value + 1}, size)};
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

}  // namespace

Result<Archive> open_archive(const ConfigurationOptions& options, std::uint64_t system_id) {
  Context context = TRY(open_context(options));
  Opening opening = TRY(load_opening(context.configuration));
  const std::string cluster = context.configuration.cluster;
  const std::uint64_t identifier = TRY(choose_system_identifier(
      *context.store, cluster, context.marker.system_identifier, system_id));
  return Archive{std::move(context), std::move(opening), ObjectNames(cluster, identifier)};
}

Result<RestorePlan> prepare_restore(const RestoreRequest& request,
                                    const ConfigurationOptions& options, Archive& archive) {
  const RestoreTarget& target = request.target;
  WalArchive wal(*archive.context.store, archive.names);
  auto timelines = TRY(TimelineChooser::create(wal, archive.opening, request.timeline));
  auto candidates = TRY(find_candidates(*archive.context.store, archive.names, archive.opening,
                                        timelines, request.backup));
  auto found = find_replay(archive, wal, target, candidates.newest_first);
  const auto others = timelines_beside(archive, wal, target, candidates);
  if (!found) {
    return std::unexpected(with_other_timelines(std::move(found).error(), target, others));
  }
  const Replay replay = *std::move(found);
  const BackupSummary& backup = replay.from.backup;
  const auto mappings = TRY(request.mappings(backup));
  RestorePlace place =
      TRY(check_place(request.pgdata, mappings, backup, request.over, request.waldir));
  RestorePlan plan{.cluster = archive.context.configuration.cluster,
                   .target = target,
                   .replay = replay,
                   .place = std::move(place),
                   .over = request.over,
                   .timeline_setting = {},
                   .restore_command = {},
                   .keep_archiving = request.keep_archiving,
                   .unreadable = {},
                   .warnings = std::move(candidates.warnings)};
  plan.timeline_setting =
      timelines.setting_for(backup, replay.from.history.timeline(),
                            /*open_end=*/target.kind == RestoreTarget::Kind::latest);
  // The history of a later one may be out of reach, and the backup's own WAL is of one timeline.
  if (replay.wal_in_backup) plan.timeline_setting = "current";
  plan.keys_from_environment = keys_come_from_environment(*archive.context.store);
  const auto wal_fetch = TRY(find_wal_fetch());
  const auto arguments = TRY(options.arguments_for_restore_command());
  plan.restore_command = TRY(wal_fetch_command(
      {wal_fetch, arguments, backup.server_version, ends_of_wal_in_backup(replay)}));
  plan.unreadable = TRY(unreadable_for(
      plan.place.server_user(), needs_of_wal_fetch(archive.context.configuration, wal_fetch)));
  warn_of_damage(backup, plan.warnings);
  warn_of_gap(timelines, backup, plan.warnings);
  if (request.timeline == "latest") {
    std::ranges::copy(warnings_of_other_timelines(target, others),
                      std::back_inserter(plan.warnings));
  }
  return plan;
}

}  // namespace walden
