#include "basebackup/restore_candidates.h"

#include <fmt/format.h>

#include <ranges>

namespace walden {
namespace {

std::unexpected<Error> no_backup(const Store& store, const ObjectNames& names) {
  return fail(ErrorKind::absent,
              fmt::format("there is no backup of {} (system {}) in {}", names.cluster(),
                          names.system_identifier(), store.describe()),
              "Take one with basebackup push; for another system see basebackup list.");
}

std::unexpected<Error> off_the_way(const BackupSummary& backup, Timeline timeline) {
  return fail(
      ErrorKind::absent,
      fmt::format("no backup lies on the way to timeline {}; the newest, {}, ended at {} on "
                  "timeline {}",
                  timeline, backup.id, backup.stop.to_text(), backup.timeline),
      "Choose its own timeline with --target-timeline current, or another backup.");
}

// The reason in full, with its remedy, which the catalog does not keep.
std::unexpected<Error> unopened(Store& store, const ObjectNames& names, const Opening& opening,
                                const CatalogEntry& entry) {
  auto summary = read_summary(store, names, entry.id, opening);
  if (!summary && summary.error().remedy.empty()) {
    return fail(
        summary.error().kind, summary.error().cause,
        "See basebackup list for other backups, and basebackup verify for what is damaged.");
  }
  if (!summary) return std::unexpected(std::move(summary).error());
  return fail(ErrorKind::transient, fmt::format("backup {} could not be opened", entry.id),
              "Try again.");
}

}  // namespace

Result<Candidates> find_candidates(Store& store, const ObjectNames& names, const Opening& opening,
                                   TimelineChooser& timelines, const std::string& wanted) {
  Catalog catalog = TRY(read_catalog(store, names, opening));
  if (!wanted.empty()) catalog.backups = {TRY(find_backup(catalog, wanted))};
  if (catalog.backups.empty()) return no_backup(store, names);
  Candidates candidates;
  std::optional<Error> reason;
  for (const CatalogEntry& entry : std::views::reverse(catalog.backups)) {
    if (!entry.summary) {
      if (!reason) reason = unopened(store, names, opening, entry).error();
      candidates.warnings.push_back(
          fmt::format("backup {} is passed over: {}", entry.id,
                      entry.sealed.empty() ? entry.damaged : entry.sealed));
      continue;
    }
    candidates.readable.push_back(*entry.summary);
    auto history = TRY(timelines.history_for(*entry.summary));
    if (history.passes_through(entry.summary->timeline, entry.summary->stop)) {
      candidates.newest_first.push_back({*entry.summary, std::move(history)});
    } else if (!reason) {
      reason = off_the_way(*entry.summary, history.timeline()).error();
    }
  }
  if (candidates.newest_first.empty()) return std::unexpected(std::move(*reason));
  return candidates;
}

}  // namespace walden
