#include "common/store/iso_time.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

constexpr auto kMoment = std::chrono::sys_days(std::chrono::year(2026) / 2 / 28) +
                         std::chrono::hours(11) + std::chrono::minutes(5) + std::chrono::seconds(9);

TEST(IsoTime, ReadsWhatServicesWrite) {
  for (const char* text :
       {"2026-02-28T11:05:09Z", "2026-02-28T11:05:09.123456Z", "2026-02-28T11:05:09+00:00",
        "2026-02-28T13:35:09+02:30", "2026-02-28T03:05:09-0800", "2026-02-28T11:05:09.5-00:00"}) {
    EXPECT_EQ(parse_iso_time(text), kMoment) << text;
  }
}

TEST(IsoTime, RefusesEverythingElse) {
  for (const char* text :
       {"", "2026", "2026-02-28", "2026-02-28T11:05:09", "2026-02-28 11:05:09Z",
        "2026-02-29T11:05:09Z", "2026-13-01T11:05:09Z", "2026-02-28T24:05:09Z",
        "2026-02-28T11:05:09ZZ", "2026-02-28T11:05:09.Z", "2026-02-28T11:05:09+", "1772276709",
        "-026-02-28T11:05:09Z", "9999-02-28T11:05:09Z", "2026-02-28T11:05:09+1:00"}) {
    EXPECT_FALSE(parse_iso_time(text)) << text;
  }
}

// Whatever is cut off, it is no moment any more.
TEST(IsoTime, RefusesEveryTruncation) {
  const std::string_view text = "2026-02-28T11:05:09Z";
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(parse_iso_time(text.substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace walden
