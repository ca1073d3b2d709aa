#include "common/program/duration.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

using std::chrono::seconds;

TEST(Duration, IsReadInEveryUnit) {
  EXPECT_EQ(*parse_duration("90"), seconds(90));
  EXPECT_EQ(*parse_duration("90s"), seconds(90));
  EXPECT_EQ(*parse_duration("10min"), seconds(600));
  EXPECT_EQ(*parse_duration("2h"), seconds(7200));
  EXPECT_EQ(*parse_duration("7d"), seconds(604'800));
  EXPECT_EQ(*parse_duration("0"), seconds(0));
}

TEST(Duration, RefusesEverythingElse) {
  for (const auto* text : {"", "s", "-1", "-1s", "1.5h", "10m", "5 min", " 5s", "5s ", "4000d",
                           "99999999999999999999", "9223372036854775807d", "0x10"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
    EXPECT_FALSE(parsed.error().remedy.empty());
  }
}

}  // namespace
}  // namespace walden
