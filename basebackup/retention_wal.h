// Which WAL stays: what the staying backups and the recovery window need, and what is new.
#pragma once

#include <optional>
#include <vector>

#include "basebackup/recovery_ways.h"
#include "basebackup/retention.h"

namespace walden {

// `window_from`: nothing where no recovery window is set; then everything from the oldest staying
// backup on stays. What is unfinished and younger than `unfinished_since` may be a backup that is
// being taken.
[[nodiscard]] std::vector<PlannedWal> plan_wal(const RetentionFacts& facts,
                                               const std::vector<PlannedBackup>& in_order,
                                               const RecoveryWays& ways,
                                               std::optional<Instant> window_from,
                                               Instant unfinished_since);

}  // namespace walden
