// A moment: microseconds since 1970-01-01 00:00 UTC.
#pragma once

#include <compare>
#include <cstdint>

namespace walden {

struct Instant {
  std::int64_t microseconds = 0;
  auto operator<=>(const Instant&) const = default;
};

}  // namespace walden
