// Two plans for one archive: what a person has seen, or what would be safe, beside what would be
// done.
#pragma once

#include "basebackup/retention.h"

namespace walden {

// Whether `plan` deletes anything that `other` leaves: a backup, its packs, the remains of one, or
// a segment.
[[nodiscard]] bool goes_beyond(const RetentionPlan& plan, const RetentionPlan& other);

}  // namespace walden
