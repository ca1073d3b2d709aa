#include "basebackup/changed_blocks.h"

#include <fmt/format.h>

namespace walden {
namespace {

// A promotion in the middle of it leaves pages in it that were written on the old timeline behind
// the switch; the server looks only at where the two backups begin.
bool leads_to(const BackupSummary& earlier, const ServerFacts& server,
              const std::optional<TimelineHistory>& history) {
  if (history) return history->passes_through(earlier.timeline, earlier.stop);
  return earlier.timeline == server.timeline;
}

}  // namespace

std::string why_all_blocks(const BackupSummary& earlier, const std::string& data_checksums,
                           const ServerFacts& server,
                           const std::optional<TimelineHistory>& history) {
  if (!leads_to(earlier, server, history)) {
    return fmt::format("{} ended at {} on timeline {}, which is not on the way to timeline {}",
                       earlier.id, earlier.stop.to_text(), earlier.timeline, server.timeline);
  }
  // pg_checksums rewrites every page, and no WAL tells of it.
  if (data_checksums != server.data_checksums) {
    return data_checksums.empty()
               ? fmt::format("whether {} has page checksums is not known here", earlier.id)
               : fmt::format("data_checksums was {} at {}, and is {}", data_checksums, earlier.id,
                             server.data_checksums);
  }
  // It checks the pages that it sends: of those left behind nothing would be said any more.
  if (!earlier.checksum_failures.empty()) {
    return fmt::format("{} holds damaged pages", earlier.id);
  }
  return {};
}

// Elsewhere the server knows no blocks. A visibility map is small, and the summaries that servers
// before 17.8 and 18.2 have written of its truncation tell the table's length for its own.
bool may_come_as_blocks(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const bool visibility_map = name.ends_with("_vm") || name.contains("_vm.");
  return !visibility_map && (path.starts_with("base/") || path.starts_with("global/") ||
                             path.starts_with("pg_tblspc/"));
}

}  // namespace walden
