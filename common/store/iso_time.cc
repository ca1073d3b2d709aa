#include "common/store/iso_time.h"

#include <algorithm>

namespace walden {
namespace {

constexpr std::string_view kDigits = "0123456789";

// Takes fields off the front; the first that does not fit makes all that follow fail.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}

  int number(std::size_t digits, int smallest, int largest) {
    if (rest_.size() < digits) return reject();
    int value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (!kDigits.contains(c)) return reject();
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value < smallest || value > largest ? reject() : value;
  }
  bool take(char expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void need(char expected) {
    if (!take(expected)) reject();
  }
  void skip_fraction() {
    if (!take('.')) return;
    const auto end = std::min(rest_.find_first_not_of(kDigits), rest_.size());
    if (end == 0) reject();
    rest_.remove_prefix(end);
  }
  int reject() {
    good_ = false;
    return 0;
  }
  [[nodiscard]] bool all_taken() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::chrono::minutes take_offset(Fields& fields) {
  if (fields.take('Z')) return std::chrono::minutes(0);
  const int sign = fields.take('+') ? 1 : -1;
  if (sign < 0) fields.need('-');
  const std::chrono::hours hours(fields.number(2, 0, 23));
  fields.take(':');
  const std::chrono::minutes minutes(fields.number(2, 0, 59));
  return sign * (hours + minutes);
}

}  // namespace

std::optional<std::chrono::system_clock::time_point> parse_iso_time(std::string_view text) {
  Fields fields(text);
  const std::chrono::year year(fields.number(4, 1970, 2200));  // within what the clock can count
  fields.need('-');
  const std::chrono::month month(static_cast<unsigned>(fields.number(2, 1, 12)));
  fields.need('-');
  const std::chrono::day day(static_cast<unsigned>(fields.number(2, 1, 31)));
  fields.need('T');
  const std::chrono::hours hours(fields.number(2, 0, 23));
  fields.need(':');
  const std::chrono::minutes minutes(fields.number(2, 0, 59));
  fields.need(':');
  const std::chrono::seconds seconds(fields.number(2, 0, 60));  // 60: a leap second
  fields.skip_fraction();
  const std::chrono::minutes offset = take_offset(fields);
  const std::chrono::year_month_day date(year, month, day);
  if (!fields.all_taken() || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + hours + minutes + seconds - offset;
}

}  // namespace walden
