#include "basebackup/keep_history.h"

#include <fmt/format.h>

#include "common/program/report.h"

namespace walden {

Result<std::optional<TimelineHistory>> keep_history(ReplicationConnection& connection,
                                                    WalArchive& archive, Timeline timeline,
                                                    const Sealing& sealing) {
  if (timeline == 1) return TimelineHistory::without_parents(timeline);  // it has no file
  const WalName name{.kind = WalFileKind::timeline_history, .timeline = timeline};
  const bool archived = TRY(archive.has(name));
  const auto content = TRY(connection.timeline_history(timeline));
  if (!content) {
    if (archived) return std::nullopt;
    say("basebackup", fmt::format("neither the archive nor the server has {}: this backup is "
                                  "restored along timeline {} alone",
                                  name.to_text(), timeline));
    return std::nullopt;
  }
  auto history = TRY(TimelineHistory::parse(timeline, *content));
  if (archived) return history;
  TRY(archive.push_history(timeline, bytes_of(*content), sealing));
  say("basebackup", fmt::format("{} was not in the archive: stored", name.to_text()));
  return history;
}

}  // namespace walden
