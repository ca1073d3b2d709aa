#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/program/human.h"
#include "tests/support/environment.h"

namespace walden {
namespace {

constexpr const char* kNoZones = "the package tzdata is not installed";
constexpr std::int64_t kHalfPastTwo = 1'795'271'400;  // 2026-11-21 14:30:00 UTC

std::int64_t second_of(std::string_view text) {
  const auto parsed = parse_time(text);
  EXPECT_TRUE(parsed) << parsed.error().cause;
  return parsed ? parsed->time.microseconds / 1'000'000 : -1;
}

class Time : public ::testing::Test {
 protected:
  void use_zone(const std::string& zone) {
    environment_.set("TZ", zone);
    ::tzset();
  }
  // False where the zone is not installed: the test has nothing to test then, and says so.
  [[nodiscard]] bool use_installed(const std::string& zone) {
    use_zone(zone);
    return std::filesystem::exists("/usr/share/zoneinfo/" + zone);
  }

 private:
  testing::Environment environment_;
};

TEST_F(Time, IsWrittenInUtcRoundedDown) {
  EXPECT_EQ(utc_time({kHalfPastTwo * 1'000'000 + 999'999}), "2026-11-21 14:30:00");
  EXPECT_EQ(utc_time({-1}), "1969-12-31 23:59:59");
}

TEST_F(Time, IsWrittenForMachinesWithMicroseconds) {
  EXPECT_EQ(iso_time({kHalfPastTwo * 1'000'000 + 123'456}), "2026-11-21T14:30:00.123456Z");
  EXPECT_EQ(postgres_time({kHalfPastTwo * 1'000'000 + 7}), "2026-11-21 14:30:00.000007+00");
}

TEST_F(Time, WhatIsPrintedCanBePastedBack) {
  const Instant time{kHalfPastTwo * 1'000'000 + 123'456};
  for (const auto& text : {iso_time(time), postgres_time(time)}) {
    const auto parsed = parse_time(text);
    ASSERT_TRUE(parsed) << parsed.error().cause;
    EXPECT_EQ(parsed->time, time) << text;
    EXPECT_TRUE(parsed->zone_was_given);
  }
  EXPECT_EQ(second_of(utc_time(time) + " UTC"), kHalfPastTwo);
}

TEST_F(Time, TakesEveryFormOfOffset) {
  for (const auto* text :
       {"2026-11-21 14:30:00+00", "2026-11-21T14:30:00Z", "2026-11-21 14:30 UTC",
        "2026-11-21 15:30:00+01", "2026-11-21 20:00+05:30", "2026-11-21 20:00:00 +0530",
        "2026-11-21 11:00:00-03:30", "2026-11-21 14:30:00.0+00"}) {
    EXPECT_EQ(second_of(text), kHalfPastTwo) << text;
  }
  EXPECT_EQ(parse_time("2026-11-21 11:00:00-03:30")->zone, "-03:30");
}

TEST_F(Time, KeepsFractionsOfASecond) {
  EXPECT_EQ(parse_time("2026-11-21 14:30:00.5Z")->time.microseconds % 1'000'000, 500'000);
  EXPECT_EQ(parse_time("2026-11-21 14:30:00.000001Z")->time.microseconds % 1'000'000, 1);
}

TEST_F(Time, RefusesWhatIsNoTime) {
  for (const auto* text : {"",
                           "now",
                           "2026-11-21",
                           "2026-11-21 ",
                           "2026-11-21 14",
                           "2026-11-21 14:3",
                           "2026-13-01 00:00Z",
                           "2026-02-29 00:00Z",
                           "2026-11-21 24:00Z",
                           "2026-11-21 14:60Z",
                           "2026-11-21 14:30:60Z",
                           "2026-11-21 14:30:00.Z",
                           "2026-11-21 14:30:00.1234567Z",
                           "2026-11-21 14:30:00+",
                           "2026-11-21 14:30:00+1",
                           "2026-11-21 14:30:00+01:",
                           "2026-11-21 14:30:00+16",
                           "2026-11-21 14:30:00Zx",
                           "2026-11-21 14:30:00 Europe/Vienna",
                           "26-11-21 14:30Z",
                           "2026-11-21  14:30Z",
                           "-026-11-21 14:30Z",
                           "2026-11-21 14:30:00+00 "}) {
    const auto parsed = parse_time(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::usage) << text;
    EXPECT_FALSE(parsed.error().remedy.empty());
  }
}

TEST_F(Time, WithoutAnOffsetIsTheHostsAndSaysSo) {
  if (!use_installed("Europe/Vienna")) GTEST_SKIP() << kNoZones;
  const auto parsed = parse_time("2026-11-21 15:30:00");
  ASSERT_TRUE(parsed) << parsed.error().cause;
  EXPECT_EQ(parsed->time.microseconds, kHalfPastTwo * 1'000'000);
  EXPECT_EQ(parsed->zone, "local (Europe/Vienna, +01:00)");
  EXPECT_FALSE(parsed->zone_was_given);
  EXPECT_EQ(parse_time("2026-07-01 00:00:00")->zone, "local (Europe/Vienna, +02:00)");
}

TEST_F(Time, ThatTheClocksSkipOrShowTwiceNeedsAnOffset) {
  if (!use_installed("Europe/Vienna")) GTEST_SKIP() << kNoZones;
  EXPECT_EQ(second_of("2026-03-29 01:59:59"), second_of("2026-03-29 00:59:59Z"));
  EXPECT_EQ(second_of("2026-03-29 03:00:00"), second_of("2026-03-29 01:00:00Z"));
  EXPECT_EQ(second_of("2026-10-25 01:59:59"), second_of("2026-10-24 23:59:59Z"));
  EXPECT_EQ(second_of("2026-10-25 03:00:00"), second_of("2026-10-25 02:00:00Z"));
  for (const auto* text : {"2026-03-29 02:00", "2026-03-29 02:59:59", "2026-10-25 02:00:00",
                           "2026-10-25 02:59:59.999999"}) {
    const auto parsed = parse_time(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().remedy, ::testing::HasSubstr("offset")) << text;
  }
  EXPECT_TRUE(parse_time("2026-10-25 02:30+02"));
}

TEST_F(Time, ZoneWithoutSummerTimeThatChangedItsOffsetIsUnderstood) {
  if (!use_installed("Europe/Moscow")) GTEST_SKIP() << kNoZones;
  // // put back from +04 to +03 for good on 2014-10-26
  EXPECT_FALSE(parse_time("2014-10-26 01:30:00"));
  EXPECT_EQ(second_of("2014-10-26 02:30:00"), second_of("2014-10-25 23:30:00Z"));
}

TEST_F(Time, RefusesAZoneThatIsNotInstalled) {
  use_zone("Atlantis/Capital");
  const auto parsed = parse_time("2026-11-21 14:30:00");
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().cause, ::testing::HasSubstr("Atlantis/Capital"));
  EXPECT_TRUE(parse_time("2026-11-21 14:30:00Z"));
}

TEST_F(Time, RuleInTheVariableCountsAndGoesByItsAbbreviation) {
  use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(second_of("2026-11-21 15:30:00"), kHalfPastTwo);
  EXPECT_EQ(local_time_in_brackets({kHalfPastTwo * 1'000'000}), " (15:30:00 CET)");
}

TEST_F(Time, LocalTimeAddsTheDateWhereItDiffers) {
  if (!use_installed("Europe/Vienna")) GTEST_SKIP() << kNoZones;
  EXPECT_EQ(local_time({kHalfPastTwo * 1'000'000}), "15:30:00 Europe/Vienna");
  const auto late = parse_time("2026-11-21 23:30:00Z");
  ASSERT_TRUE(late);
  EXPECT_EQ(local_time(late->time), "2026-11-22 00:30:00 Europe/Vienna");
}

TEST_F(Time, UtcHostNamesItself) {
  use_zone("UTC");
  EXPECT_EQ(local_time({kHalfPastTwo * 1'000'000}), "14:30:00 UTC");
  EXPECT_EQ(local_time_in_brackets({kHalfPastTwo * 1'000'000}), "");
  EXPECT_EQ(parse_time("2026-11-21 14:30")->zone, "local (UTC, +00:00)");
}

}  // namespace
}  // namespace walden
