// A drill's report made by hand.
#pragma once

#include "basebackup/drill_report.h"

namespace walden::testing {

// Passed: 10 minutes of rto against an hour, 5 of rpo against 15.
[[nodiscard]] DrillReport sample_drill();

}  // namespace walden::testing
