#include "basebackup/keep_history.h"

#include <fmt/format.h>

#include "common/program/report.h"

namespace walden {

Result<> keep_history(ReplicationConnection& connection, WalArchive& archive, Timeline timeline,
                      const Sealing& sealing) {
  if (timeline == 1) return {};  // the first has no history
  const WalName name{.kind = WalFileKind::timeline_history, .timeline = timeline};
  if (TRY(archive.has(name))) return {};
  const auto content = TRY(connection.timeline_history(timeline));
  if (!content) {
    say("basebackup", fmt::format("neither the archive nor the server has {}: this backup is "
                                  "restored along timeline {} alone",
                                  name.to_text(), timeline));
    return {};
  }
  TRY(archive.push_history(timeline, bytes_of(*content), sealing));
  say("basebackup", fmt::format("{} was not in the archive: stored", name.to_text()));
  return {};
}

}  // namespace walden
