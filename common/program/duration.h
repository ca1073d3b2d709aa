// Durations as people write them in settings: "90s", "10min", "2h", "7d"; a bare number is seconds.
#pragma once

#include <chrono>
#include <string_view>

#include "common/bytes/error.h"

namespace walden {

// ErrorKind::usage for anything else, for a negative one, and for more than ten years.
[[nodiscard]] Result<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace walden
