// The host's time zone: what it is called, and what its clocks show.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#include "common/bytes/error.h"

namespace walden {

// "Europe/Vienna": from TZ, the link /etc/localtime, or /etc/timezone; the abbreviation that is in
// force at `second` where none of them names a zone.
[[nodiscard]] std::string zone_name(std::int64_t second);

// The fields that the host's clocks show at `second`.
[[nodiscard]] std::tm local_fields(std::int64_t second);

// Every second at which the host's clocks show `wall` (seconds since 1970 as if it were UTC):
// none when they are put forward over it, two when they are put back. ErrorKind::configuration when
// TZ names a zone that is not installed, because the C library takes that for UTC without a word.
[[nodiscard]] Result<std::vector<std::int64_t>> seconds_showing(std::int64_t wall);

// "+01:00"
[[nodiscard]] std::string offset_text(std::int64_t offset_seconds);

}  // namespace walden
