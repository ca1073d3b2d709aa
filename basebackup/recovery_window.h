// To which moments the archive can be restored, and where it has holes.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/catalog.h"
#include "basebackup/other_timelines.h"
#include "basebackup/replay.h"

namespace walden {

struct WindowHole {
  WalArchive::Coverage::Hole segments;
  // The moments that are lost: known where WAL or a backup tells what happened around the hole.
  std::optional<Instant> from;  // the last transaction before it
  std::optional<Instant> to;    // where the first backup after it ended
};

struct BackupState {
  CatalogEntry entry;
  bool on_the_way = false;  // to the newest timeline
  bool consistent = false;  // all WAL from start to stop is in the archive
  bool complete = false;    // and all from there to the newest
  bool in_backup = false;   // all from start to stop is in the backup: its end needs no archive
  std::optional<WalArchive::Coverage::Hole> first_gap;
  std::optional<Instant> gap_after;  // the last transaction before it
};

struct RecoveryWindow {
  std::vector<BackupState> backups;  // oldest first
  std::size_t unfinished = 0;
  Timeline timeline = 0;  // the newest
  std::optional<WalName> newest_segment;
  std::int64_t newest_stored = 0;  // seconds since 1970, by the store's clock
  // Absent when nothing can be restored. `end` is the last transaction that is known.
  std::optional<Instant> begin;
  std::optional<Instant> end;
  bool end_is_transaction = false;  // and not just the end of the newest backup
  std::vector<WindowHole> holes;
  std::vector<OtherTimeline> others;  // left behind by takeovers
};

// Reads listings, summaries, and a few segments for the times at the edges.
[[nodiscard]] Result<RecoveryWindow> read_recovery_window(Store& store, const ObjectNames& names,
                                                          const Opening& opening,
                                                          const std::atomic<bool>& cancel);

// The same from what is known already, where segments and histories do not open: without the times
// at the edges, and without what lies beside the way. Entries without a summary are passed over.
[[nodiscard]] Result<RecoveryWindow> follow_known_way(Store& store, const ObjectNames& names,
                                                      const Catalog& catalog,
                                                      const TimelineHistory& way,
                                                      std::uint32_t segment_size);

}  // namespace walden
