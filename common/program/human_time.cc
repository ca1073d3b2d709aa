#include <fmt/format.h>

#include <ctime>

#include "common/program/human.h"
#include "common/program/local_zone.h"

namespace walden {
namespace {

constexpr std::int64_t kMicroseconds = 1'000'000;

struct Split {
  std::int64_t second;
  std::int64_t microsecond;  // 0 to 999999, before 1970 too
};

Split split(Instant time) {
  std::int64_t second = time.microseconds / kMicroseconds;
  std::int64_t rest = time.microseconds % kMicroseconds;
  if (rest < 0) {
    rest += kMicroseconds;
    --second;
  }
  return {second, rest};
}

std::tm utc_fields(std::int64_t second) {
  std::tm fields{};
  const std::time_t time = second;
  ::gmtime_r(&time, &fields);
  return fields;
}

std::string date_text(const std::tm& t) {
  return fmt::format("{:04}-{:02}-{:02}", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
}

std::string clock_text(const std::tm& t) {
  return fmt::format("{:02}:{:02}:{:02}", t.tm_hour, t.tm_min, t.tm_sec);
}

}  // namespace

std::string utc_time(Instant time) {
  const std::tm fields = utc_fields(split(time).second);
  return date_text(fields) + ' ' + clock_text(fields);
}

std::string local_time(Instant time) {
  const std::int64_t second = split(time).second;
  const std::tm fields = local_fields(second);
  const std::string clock = fmt::format("{} {}", clock_text(fields), zone_name(second));
  const bool same_day = date_text(fields) == date_text(utc_fields(second));
  return same_day ? clock : fmt::format("{} {}", date_text(fields), clock);
}

std::string local_time_in_brackets(Instant time) {
  if (local_fields(split(time).second).tm_gmtoff == 0) return {};
  return fmt::format(" ({})", local_time(time));
}

std::string iso_time(Instant time) {
  const auto [second, microsecond] = split(time);
  const std::tm fields = utc_fields(second);
  return fmt::format("{}T{}.{:06}Z", date_text(fields), clock_text(fields), microsecond);
}

std::string postgres_time(Instant time) {
  const auto [second, microsecond] = split(time);
  return fmt::format("{}.{:06}+00", utc_time({second * kMicroseconds}), microsecond);
}

Instant now() {
  std::timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return {time.tv_sec * kMicroseconds + time.tv_nsec / 1000};
}

}  // namespace walden
