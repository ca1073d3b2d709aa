#include "common/program/human.h"

#include <gtest/gtest.h>

#include <limits>

namespace walden {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(HumanSize, TakesPowersOfTenWithOneDecimalBelowHundred) {
  EXPECT_EQ(human_size(0), "0 B");
  EXPECT_EQ(human_size(999), "999 B");
  EXPECT_EQ(human_size(1000), "1.0 kB");
  EXPECT_EQ(human_size(6'100'000'000), "6.1 GB");
  EXPECT_EQ(human_size(312'400), "312 kB");
  EXPECT_EQ(human_size(411'600'000'000), "412 GB");
}

TEST(HumanSize, NeverShowsAThousandOfAUnit) {
  EXPECT_EQ(human_size(99'949), "99.9 kB");
  EXPECT_EQ(human_size(99'950), "100 kB");
  EXPECT_EQ(human_size(999'499), "999 kB");
  EXPECT_EQ(human_size(999'500), "1.0 MB");
  EXPECT_EQ(human_size(999'900), "1.0 MB");
  EXPECT_EQ(human_size(999'999'999), "1.0 GB");
}

TEST(HumanSize, HoldsTheLargestNumber) {
  EXPECT_EQ(human_size(std::numeric_limits<std::uint64_t>::max()), "18.4 EB");
}

TEST(HumanCount, SeparatesThousands) {
  EXPECT_EQ(human_count(0), "0");
  EXPECT_EQ(human_count(999), "999");
  EXPECT_EQ(human_count(1873), "1,873");
  EXPECT_EQ(human_count(1'234'567), "1,234,567");
}

TEST(HumanDuration, SaysTheTwoLargestUnitsAndNoZero) {
  EXPECT_EQ(human_duration(seconds(0)), "0 s");
  EXPECT_EQ(human_duration(seconds(38)), "38 s");
  EXPECT_EQ(human_duration(seconds(60)), "1 min");
  EXPECT_EQ(human_duration(seconds(252)), "4 min 12 s");
  EXPECT_EQ(human_duration(seconds(3599)), "59 min 59 s");
  EXPECT_EQ(human_duration(seconds(40140)), "11 h 9 min");
  EXPECT_EQ(human_duration(seconds(3600 + 59)), "1 h");
  EXPECT_EQ(human_duration(seconds(7 * 86400 + 11 * 3600 + 5)), "7 d 11 h");
}

TEST(HumanDuration, TakesAClockThatStepsBackForNoTime) {
  EXPECT_EQ(human_duration(seconds(-3)), "0 s");
}

TEST(HumanRate, IsPerSecond) {
  EXPECT_EQ(human_rate(2'200'000'000, milliseconds(2000)), "1.1 GB/s");
  EXPECT_EQ(human_rate(500, milliseconds(0)), "500 kB/s");
  EXPECT_EQ(human_rate(0, milliseconds(1000)), "0 B/s");
  EXPECT_EQ(human_rate(std::numeric_limits<std::uint64_t>::max(), milliseconds(1)), "18.0 EB/s");
}

}  // namespace
}  // namespace walden
