// The calendar of the retention rules: days, ISO weeks, months and years, in UTC whatever the
// host's zone is, so that every host decides alike.
#pragma once

#include <string>

#include "common/bytes/instant.h"

namespace walden {

enum class Period { day, week, month, year };

// "2026-11-20", "2026-W47", "2026-11", "2026": of one kind, they sort as time goes.
[[nodiscard]] std::string period_of(Instant time, Period period);

}  // namespace walden
