#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include "common/program/human.h"
#include "common/program/local_zone.h"

namespace walden {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Reads a time from left to right; every step says whether it found what it was to find.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

  bool skip(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  [[nodiscard]] std::optional<int> number(std::size_t digits, int least, int most) {
    const std::string_view text = rest_.substr(0, digits);
    if (text.size() != digits || !std::ranges::all_of(text, is_digit)) return std::nullopt;
    int value = 0;
    std::from_chars(text.data(), text.data() + digits, value);
    if (value < least || value > most) return std::nullopt;
    rest_.remove_prefix(digits);
    return value;
  }

  // One to six digits after a point, as microseconds.
  [[nodiscard]] std::optional<int> fraction() {
    const auto end = std::ranges::find_if_not(rest_, is_digit);
    std::string text(rest_.begin(), end);
    if (text.empty() || text.size() > 6) return std::nullopt;
    rest_.remove_prefix(text.size());
    text.resize(6, '0');
    return std::stoi(text);
  }

 private:
  std::string_view rest_;
};

struct WallTime {
  std::int64_t second = 0;  // since 1970, as if it were UTC
  int microsecond = 0;
};

std::optional<WallTime> scan_wall_time(Scanner& in) {
  using namespace std::chrono;
  const auto y = in.number(4, 1970, 9999);
  const auto m = y && in.skip("-") ? in.number(2, 1, 12) : std::nullopt;
  const auto d = m && in.skip("-") ? in.number(2, 1, 31) : std::nullopt;
  if (!d || !(in.skip(" ") || in.skip("T"))) return std::nullopt;
  const year_month_day date(year(*y), month(static_cast<unsigned>(*m)),
                            day(static_cast<unsigned>(*d)));
  const auto hour = in.number(2, 0, 23);
  const auto minute = hour && in.skip(":") ? in.number(2, 0, 59) : std::nullopt;
  if (!minute || !date.ok()) return std::nullopt;
  const bool with_seconds = in.skip(":");
  const auto second = with_seconds ? in.number(2, 0, 59) : std::optional(0);
  const auto microsecond = with_seconds && in.skip(".") ? in.fraction() : std::optional(0);
  if (!second || !microsecond) return std::nullopt;
  const auto days = sys_days(date).time_since_epoch().count();
  return WallTime{days * 86400LL + *hour * 3600 + *minute * 60 + *second, *microsecond};
}

// "Z", "UTC", "+01", "+0130", "+01:30", after a space or without one; to the end of the text.
std::optional<std::int64_t> scan_offset(Scanner& in) {
  in.skip(" ");
  if (in.skip("Z") || in.skip("UTC")) return in.at_end() ? std::optional(0) : std::nullopt;
  const bool east = in.skip("+");
  if (!east && !in.skip("-")) return std::nullopt;
  const auto hours = in.number(2, 0, 15);
  const bool colon = in.skip(":");
  const auto minutes = !colon && in.at_end() ? std::optional(0) : in.number(2, 0, 59);
  if (!hours || !minutes || !in.at_end()) return std::nullopt;
  return (*hours * 3600 + *minutes * 60) * (east ? 1 : -1);
}

std::unexpected<Error> refuse(std::string_view text) {
  return fail(ErrorKind::usage, fmt::format("'{}' is not a time", text),
              "Write it as '2026-11-21 14:30:00+00', in the local zone without an offset.");
}

Result<ParsedTime> in_local_zone(std::string_view text, const WallTime& wall) {
  const auto seconds = TRY(seconds_showing(wall.second));
  if (seconds.size() != 1) {
    return fail(
        ErrorKind::usage,
        fmt::format("'{}' {} in the zone {}: the clocks are changed then", text,
                    seconds.empty() ? "does not exist" : "comes twice", zone_name(wall.second)),
        "Add an offset to the time, for example +00 for UTC.");
  }
  const std::int64_t second = seconds.front();
  return ParsedTime{
      {second * 1'000'000 + wall.microsecond},
      fmt::format("local ({}, {})", zone_name(second), offset_text(local_fields(second).tm_gmtoff)),
      false};
}

}  // namespace

Result<ParsedTime> parse_time(std::string_view text) {
  Scanner in(text);
  const auto wall = scan_wall_time(in);
  if (!wall) return refuse(text);
  if (in.at_end()) return in_local_zone(text, *wall);
  const auto offset = scan_offset(in);
  if (!offset) return refuse(text);
  return ParsedTime{{(wall->second - *offset) * 1'000'000 + wall->microsecond},
                    *offset == 0 ? "UTC" : offset_text(*offset),
                    true};
}

}  // namespace walden
