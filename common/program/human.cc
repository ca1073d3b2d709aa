#include "common/program/human.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace walden {
namespace {

struct Unit {
  std::int64_t seconds;
  const char* name;
};
constexpr std::array kUnits{Unit{86400, "d"}, Unit{3600, "h"}, Unit{60, "min"}, Unit{1, "s"}};

}  // namespace

std::string human_size(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  std::uint64_t unit = 1000;
  for (const char* name : {"kB", "MB", "GB", "TB", "PB", "EB"}) {
    const std::uint64_t tenths = bytes / unit * 10 + (bytes % unit * 10 + unit / 2) / unit;
    if (tenths < 1000) return fmt::format("{}.{} {}", tenths / 10, tenths % 10, name);
    const std::uint64_t whole = bytes / unit + (bytes % unit + unit / 2) / unit;
    if (whole < 1000) return fmt::format("{} {}", whole, name);
    unit *= 1000;
  }
  return fmt::format("{} B", bytes);  // not reached: 2^64 bytes are 18.4 EB
}

std::string human_count(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t end = text.size(); end > 3; end -= 3) text.insert(end - 3, ",");
  return text;
}

std::string human_count(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", human_count(count), noun, count == 1 ? "" : "s");
}

std::string human_duration(std::chrono::seconds time) {
  const std::int64_t seconds = std::max<std::int64_t>(time.count(), 0);  // clocks step back
  for (std::size_t i = 0; i + 1 < kUnits.size(); ++i) {
    if (seconds < kUnits[i].seconds) continue;
    const auto [larger, smaller] = std::pair(kUnits[i], kUnits[i + 1]);
    const std::int64_t rest = seconds % larger.seconds / smaller.seconds;
    const std::string text = fmt::format("{} {}", seconds / larger.seconds, larger.name);
    return rest == 0 ? text : fmt::format("{} {} {}", text, rest, smaller.name);
  }
  return fmt::format("{} s", seconds);
}

std::string human_rate(std::uint64_t bytes, std::chrono::milliseconds time) {
  const auto milliseconds = static_cast<double>(std::max<std::int64_t>(time.count(), 1));
  const double rate = static_cast<double>(bytes) * 1000 / milliseconds;
  constexpr double kMost = 18e18;  // what still fits into 64 bits
  return human_size(static_cast<std::uint64_t>(std::min(rate, kMost))) + "/s";
}

}  // namespace walden
