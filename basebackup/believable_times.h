// Whose clock can be believed.
#pragma once

#include <vector>

#include "basebackup/retention.h"

namespace walden {

// Of backups in their order, which ones' times can all be true together: not later than `now`, no
// end before its start, and later backups not earlier than those before them. Where they contradict
// each other, as few as possible are disbelieved (the longest ascending part is kept), so that one
// clock that was wrong for a night does not put the others in doubt.
[[nodiscard]] std::vector<bool> believable_times(const std::vector<PlannedBackup>& in_order,
                                                 Instant now);

}  // namespace walden
