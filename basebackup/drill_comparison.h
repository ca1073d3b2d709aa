// Whether all that the archive holds came back.
#pragma once

#include <string>
#include <vector>

#include "basebackup/check_fact.h"
#include "basebackup/restore_plan.h"

namespace walden {

// Of a drill to the newest; another target is one that PostgreSQL itself insists on. `replayed_to`:
// LSN. Recovery that ends at damaged WAL opens the database as if that were the end of it: a
// failure when it has not come to the archive's last segment and to the newest transaction that was
// found.
[[nodiscard]] std::vector<Fact> compare_with_plan(const RestorePlan& plan,
                                                  const std::string& replayed_to);

}  // namespace walden
