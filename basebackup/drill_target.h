// The moment that a drill goes to when it is to be any within the recovery window.
#pragma once

#include <cstdint>

#include "basebackup/recovery_window.h"

namespace walden {

// The same seed and the same window give the same moment, anywhere. Holes are left out.
// ErrorKind::absent when nothing can be restored.
[[nodiscard]] Result<Instant> random_moment(const RecoveryWindow& window, std::uint64_t seed);

}  // namespace walden
