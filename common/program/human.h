// Numbers as people read them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/bytes/error.h"
#include "common/bytes/instant.h"

namespace walden {

[[nodiscard]] std::string human_size(std::uint64_t bytes);   // "412 GB", "6.1 GB", "312 kB", "17 B"
[[nodiscard]] std::string human_count(std::uint64_t count);  // "1,873"
// "1 segment", "1,873 segments": `noun` in the singular, one that takes an s.
[[nodiscard]] std::string human_count(std::uint64_t count, std::string_view noun);
[[nodiscard]] std::string human_duration(
    std::chrono::seconds time);  // "38 s", "4 min 12 s", "7 d 11 h"
[[nodiscard]] std::string human_rate(std::uint64_t bytes,
                                     std::chrono::milliseconds time);  // "1.1 GB/s"

[[nodiscard]] std::string utc_time(
    Instant time);  // "2026-11-21 14:30:00" (whole seconds, rounded down)
[[nodiscard]] std::string local_time(
    Instant time);  // "15:30:00 Europe/Vienna" (date too if it differs)
// What stands behind a time in UTC: " (15:30:00 Europe/Vienna)"; nothing where this host shows UTC.
[[nodiscard]] std::string local_time_in_brackets(Instant time);
[[nodiscard]] std::string iso_time(Instant time);  // "2026-11-21T14:30:00.123456Z", for JSON
// What PostgreSQL's recovery_target_time takes without doubt: "2026-11-21 14:30:00.123456+00".
[[nodiscard]] std::string postgres_time(Instant time);
[[nodiscard]] Instant now();

// "2026-11-21 14:30[:00[.ffffff]]" with ' ' or 'T', then nothing, "Z", "+00", "+01:30", " UTC".
// Without an offset the host's zone is taken, and `zone` says so: "local (Europe/Vienna, +01:00)".
struct ParsedTime {
  Instant time;
  std::string zone;
  bool zone_was_given = false;
};
[[nodiscard]] Result<ParsedTime> parse_time(std::string_view text);

}  // namespace walden
