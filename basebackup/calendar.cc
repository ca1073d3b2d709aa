#include "basebackup/calendar.h"

#include <fmt/format.h>

#include <chrono>

namespace walden {
namespace {

using namespace std::chrono;

// A week belongs to the year that its Thursday lies in.
std::string iso_week(sys_days day) {
  const weekday of_week(day);
  const sys_days thursday = day + days(4 - static_cast<int>(of_week.iso_encoding()));
  const year_month_day date(thursday);
  const auto since = (thursday - sys_days(date.year() / January / 1)).count();
  return fmt::format("{:04}-W{:02}", static_cast<int>(date.year()), since / 7 + 1);
}

}  // namespace

std::string period_of(Instant time, Period period) {
  const auto day = floor<days>(sys_time<microseconds>(microseconds(time.microseconds)));
  const year_month_day date(day);
  const int year = static_cast<int>(date.year());
  const unsigned month = static_cast<unsigned>(date.month());
  switch (period) {
    case Period::day:
      return fmt::format("{:04}-{:02}-{:02}", year, month, static_cast<unsigned>(date.day()));
    case Period::week:
      return iso_week(day);
    case Period::month:
      return fmt::format("{:04}-{:02}", year, month);
    case Period::year:
      return fmt::format("{:04}", year);
  }
  return {};
}

}  // namespace walden
