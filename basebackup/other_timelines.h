// What is archived beside the timeline that a restore follows: after a takeover, what the old
// server went on to write.
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "basebackup/manifest.h"
#include "common/archive/wal_archive.h"
#include "common/postgres/wal_records.h"

namespace walden {

struct OtherTimeline {
  Timeline timeline = 0;
  TransactionEnd first;   // of those that are on it alone
  TransactionEnd newest;  // as far as it is archived without a hole
  Instant begin;          // when the oldest backup to start from had ended
};

// The timelines of the archive with transactions that are not on the `chosen` way, and with a
// backup to start from; the newest few, ascending. What cannot be read is passed over: this is
// advice.
[[nodiscard]] Result<std::vector<OtherTimeline>> other_timelines(
    WalArchive& archive, const Opening& opening, const std::vector<BackupSummary>& backups,
    const TimelineHistory& chosen, const std::atomic<bool>& cancel);

}  // namespace walden
