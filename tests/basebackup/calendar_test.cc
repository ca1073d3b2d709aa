#include "basebackup/calendar.h"

#include <gtest/gtest.h>

#include "tests/basebackup/retention_history.h"

namespace walden {
namespace {

using testing::at;

TEST(Calendar, NamesDaysMonthsAndYearsInUtc) {
  EXPECT_EQ(period_of(at("2026-11-20 23:59"), Period::day), "2026-11-20");
  EXPECT_EQ(period_of(at("2026-11-20 23:59"), Period::month), "2026-11");
  EXPECT_EQ(period_of(at("2026-11-20 23:59"), Period::year), "2026");
  EXPECT_EQ(period_of(at("2028-02-29 12:00"), Period::day), "2028-02-29");
}

TEST(Calendar, GivesAWeekToTheYearOfItsThursday) {
  EXPECT_EQ(period_of(at("2026-11-21 00:00"), Period::week), "2026-W47");
  EXPECT_EQ(period_of(at("2021-01-03 12:00"), Period::week), "2020-W53");
  EXPECT_EQ(period_of(at("2021-01-04 00:00"), Period::week), "2021-W01");
  EXPECT_EQ(period_of(at("2024-12-30 00:00"), Period::week), "2025-W01");
  EXPECT_EQ(period_of(at("2027-01-01 00:00"), Period::week), "2026-W53");
}

}  // namespace
}  // namespace walden
