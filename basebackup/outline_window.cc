#include "basebackup/outline_window.h"

#include <algorithm>
#include <tuple>

namespace walden {
namespace {

BackupSummary summary_of(const BackupOutline& outline) {
  BackupSummary summary;
  summary.id = outline.id;
  summary.kind = outline.kind;
  summary.timeline = outline.timeline;
  summary.segment_size = outline.segment_size;
  summary.start = outline.start;
  summary.stop = outline.stop;
  summary.started = outline.started;
  summary.stopped = outline.stopped;
  summary.database_size = outline.database_size;
  summary.stored_size = outline.stored_size;
  summary.references = outline.references;
  summary.with_wal = outline.with_wal;
  summary.from_standby = outline.from_standby;
  return summary;
}

bool is_earlier(const BackupOutline& a, const BackupOutline& b) {
  return std::tie(a.timeline, a.start) < std::tie(b.timeline, b.start);
}

}  // namespace

Result<std::map<std::string, BackupOutline>> read_outlines(Store& store, const ObjectNames& names,
                                                           const RecoveryWindow& window,
                                                           const Opening& opening) {
  std::map<std::string, BackupOutline> outlines;
  for (const BackupState& state : window.backups) {
    if (state.entry.summary || !state.entry.damaged.empty()) continue;
    auto outline = read_outline(store, names, state.entry.id, opening);
    if (outline) {
      outlines.emplace(state.entry.id, std::move(*outline));
    } else if (outline.error().kind != ErrorKind::absent &&
               outline.error().kind != ErrorKind::corrupt &&
               outline.error().kind != ErrorKind::configuration) {
      return std::unexpected(outline.error());
    }
  }
  return outlines;
}

Result<std::optional<RecoveryWindow>> window_from_outlines(
    Store& store, const ObjectNames& names, const RecoveryWindow& window,
    const std::map<std::string, BackupOutline>& outlines) {
  const auto newest = std::ranges::max_element(
      outlines, is_earlier, &std::pair<const std::string, BackupOutline>::second);
  if (newest == outlines.end()) return std::nullopt;
  const BackupOutline& last = newest->second;
  Catalog catalog;
  for (const BackupState& state : window.backups) {
    const auto outline = outlines.find(state.entry.id);
    if (outline == outlines.end()) continue;
    catalog.backups.push_back(state.entry);
    catalog.backups.back().summary = summary_of(outline->second);
  }
  std::ranges::stable_sort(catalog.backups, [&](const CatalogEntry& a, const CatalogEntry& b) {
    return is_earlier(outlines.at(a.id), outlines.at(b.id));
  });
  // On timeline 1 there is no history to read; of another, an outline without one tells its own.
  const TimelineHistory way =
      last.history.value_or(TimelineHistory::without_parents(last.timeline));
  return TRY(follow_known_way(store, names, catalog, way, last.segment_size));
}

}  // namespace walden
