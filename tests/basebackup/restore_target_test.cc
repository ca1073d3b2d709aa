#include "basebackup/restore_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace walden {
namespace {

using ::testing::HasSubstr;

void expect_usage_error(const TargetOptions& options, const std::string& word) {
  const auto target = parse_target(options);
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().kind, ErrorKind::usage);
  EXPECT_THAT(target.error().cause, HasSubstr(word));
}

TEST(RestoreTarget, WithoutOneIsTheEndOfTheLogAndThenTheServerOpens) {
  const auto target = parse_target({});
  ASSERT_TRUE(target);
  EXPECT_EQ(target->kind, RestoreTarget::Kind::latest);
  EXPECT_EQ(target->action, "promote");
}

TEST(RestoreTarget, PausesAtATargetUnlessToldOtherwise) {
  EXPECT_EQ(parse_target({.lsn = "A2/7C000028"})->action, "pause");
  EXPECT_EQ(parse_target({.lsn = "A2/7C000028", .action = "promote"})->action, "promote");
}

TEST(RestoreTarget, SaysWhoseClockATimeWithoutAnOffsetWasReadBy) {
  EXPECT_EQ(parse_target({.time = "2026-11-21 14:30:00+00"})->assumed_zone, "");
  EXPECT_NE(parse_target({.time = "2026-11-21 14:30:00"})->assumed_zone, "");
}

TEST(RestoreTarget, LeavesTheEpochOfATransactionIdOut) {
  EXPECT_EQ(parse_target({.xid = "4294968034"})->xid, 738U);
}

TEST(RestoreTarget, RefusesTwoAtOnce) {
  expect_usage_error({.lsn = "0/1000028", .xid = "738"}, "--target-");
}

TEST(RestoreTarget, RefusesWhatPostgresWouldNotHeed) {
  expect_usage_error({.name = "before", .exclusive = true}, "--target-exclusive");
  expect_usage_error({.action = "pause"}, "--target-action");
}

TEST(RestoreTarget, RefusesTextsThatAreNone) {
  expect_usage_error({.time = "tomorrow-ish"}, "tomorrow-ish");
  expect_usage_error({.lsn = "seven"}, "seven");
  expect_usage_error({.xid = "7x"}, "7x");
  expect_usage_error({.xid = "2"}, "2");
  expect_usage_error({.name = std::string(64, 'n')}, "nnn");
}

}  // namespace
}  // namespace walden
