// The WAL that a backup cannot do without, proven to be in the archive before the backup is
// committed.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "common/archive/wal_archive.h"

namespace walden {

struct WalNeeded {
  Timeline timeline = 0;
  SegmentNumber first;
  SegmentNumber last;
  std::uint32_t segment_size = 0;

  [[nodiscard]] std::uint64_t count() const { return last.value - first.value + 1; }
};

[[nodiscard]] WalNeeded wal_needed(Timeline timeline, Lsn start, Lsn stop,
                                   std::uint32_t segment_size);

struct WalWait {
  std::chrono::seconds deadline{600};
  bool from_standby = false;  // for the sentences: only the primary can finish the last segment
  // Called once, when all but the last segment are there: asks the primary to finish that one.
  std::function<void()> finish_last;
  // Called when it begins to wait for a segment.
  std::function<void(const std::string& sentence)> waiting;
};

// Waits, in order, until each needed segment is there. ErrorKind::transient after the deadline,
// naming the segment and what to look at; `cancel` ends the wait within a second.
[[nodiscard]] Result<> prove_wal(WalArchive& archive, const WalNeeded& needed, const WalWait& wait,
                                 const std::atomic<bool>& cancel);

}  // namespace walden
