// What time it is, as the objects in the store tell it: no later than the newest of them, and in
// doubt where the newest came long after all others, as they do when a clock was set wrong.
#pragma once

#include <optional>

#include "basebackup/retention.h"

namespace walden {

struct StoredTime {
  Instant as_of;           // when the newest was stored, or `now` where that is earlier
  Instant newest_but_one;  // of different times; 1970 where there is one only
  std::optional<Leap> leap;
};

// A leap is more than two days, and more than twice the pauses that the archive's log has shown
// more than twice, or its two longest where they are alike and there is little besides; it is over
// once what came since spans as long as the leap, or seven days.
[[nodiscard]] StoredTime stored_time(const RetentionFacts& facts, Instant now);

}  // namespace walden
