// The ways through the timelines that recovery can take to a moment within the window, and the
// backup that each of them starts from.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "basebackup/retention.h"

namespace walden {

struct RecoveryWay {
  struct Part {
    Timeline timeline = 0;
    WalPlace from;  // the segment in which it begins
    WalPlace to;    // and the one in which the next begins
  };
  Timeline leaf = 0;
  std::vector<Part> parts;
  // Of the backups given: the newest that is surely on the way, is believed, has all its WAL and
  // had ended when the window begins; else, where `from_window` is false, the oldest on the way.
  std::optional<std::size_t> anchor;
  bool from_window = false;
};

struct RecoveryWays {
  std::vector<RecoveryWay> ways;
  // A timeline that is in use and whose history cannot be read here: what lies on timelines up to
  // this one cannot be judged. 0: none.
  Timeline unknown = 0;
};

// Of every timeline that is in use: the highest, and those with WAL or a backup since `from`.
[[nodiscard]] RecoveryWays find_ways(const RetentionFacts& facts,
                                     const std::vector<PlannedBackup>& in_order,
                                     const std::vector<bool>& believed, Instant from);

}  // namespace walden
