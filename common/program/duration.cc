#include "common/program/duration.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>

namespace walden {
namespace {

std::optional<std::int64_t> seconds_in(std::string_view unit) {
  if (unit.empty() || unit == "s") return 1;
  if (unit == "min") return 60;
  if (unit == "h") return 3600;
  if (unit == "d") return 86400;
  return std::nullopt;
}

constexpr std::int64_t kLongest = std::int64_t{10} * 366 * 86400;

}  // namespace

Result<std::chrono::seconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const char* last = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), last, count);
  const auto unit = seconds_in({rest, static_cast<std::size_t>(last - rest)});
  if (error != std::errc() || !unit || count < 0 || count > kLongest / *unit) {
    return fail(ErrorKind::usage, fmt::format("'{}' is not a duration", text),
                "Write it as 90s, 10min, 2h or 7d.");
  }
  return std::chrono::seconds(count * *unit);
}

}  // namespace walden
