// Moments as services write them: "2026-11-21T11:00:00Z", with a fraction of a second or an offset
// from UTC in place of the Z (ISO 8601, the profile of RFC 3339).
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace walden {

// None for anything else: another form, a month 13, a moment without an offset. The fraction is
// dropped.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_iso_time(
    std::string_view text);

}  // namespace walden
