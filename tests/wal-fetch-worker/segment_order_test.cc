#include "wal-fetch-worker/segment_order.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

constexpr std::uint32_t kMegabyte = 1U << 20U;

class SegmentOrderTest : public ::testing::Test {
 protected:
  std::string next(const std::string& name, std::uint32_t megabytes = 16) {
    const auto following = order_.next(WalName::parse(name).value(), megabytes * kMegabyte);
    return following ? following->to_text() : "none";
  }
  void learn(Timeline timeline, const std::string& history) {
    auto parsed = TimelineHistory::parse(timeline, history);
    ASSERT_TRUE(parsed) << parsed.error().cause;
    order_.learn(std::move(*parsed));
  }
  SegmentOrder order_;
};

TEST_F(SegmentOrderTest, GoesAlongTheTimeline) {
  EXPECT_EQ(next("000000010000000000000001"), "000000010000000000000002");
  EXPECT_EQ(next("0000000A0000000B0000000F"), "0000000A0000000B00000010");
}

TEST_F(SegmentOrderTest, GoesOverIntoTheNextLog) {
  EXPECT_EQ(next("0000000100000000000000FF"), "000000010000000100000000");
  EXPECT_EQ(next("000000010000000000000FFF", 1), "000000010000000100000000");
  EXPECT_EQ(next("0000000100000000000000FF", 1), "000000010000000000000100");
  EXPECT_EQ(next("00000001000000000000003F", 64), "000000010000000100000000");
  EXPECT_EQ(next("00000001000000000000003E", 64), "00000001000000000000003F");
}

TEST_F(SegmentOrderTest, KnowsNothingBehindANameThatIsImpossibleForTheSize) {
  EXPECT_EQ(next("000000010000000000000100"), "none");
  EXPECT_EQ(next("000000010000000000000040", 64), "none");
}

// The new timeline's file of that segment holds the old one's beginning too.
TEST_F(SegmentOrderTest, TakesTheNewTimelineFromTheSegmentInWhichItBegins) {
  learn(2, "1\t0/3500028\tno recovery target specified\n");
  EXPECT_EQ(next("000000010000000000000001"), "000000010000000000000002");
  EXPECT_EQ(next("000000010000000000000002"), "000000020000000000000003");
  EXPECT_EQ(next("000000020000000000000003"), "000000020000000000000004");
}

TEST_F(SegmentOrderTest, TakesTheNewTimelineBehindABoundaryAtWhichItBegins) {
  learn(2, "1\t0/4000000\tno recovery target specified\n");
  EXPECT_EQ(next("000000010000000000000002"), "000000010000000000000003");
  EXPECT_EQ(next("000000010000000000000003"), "000000020000000000000004");
}

TEST_F(SegmentOrderTest, CrossesSeveralTimelines) {
  learn(4, "1\t0/3500028\tx\n2\t0/5000028\tx\n");
  EXPECT_EQ(next("000000010000000000000002"), "000000020000000000000003");
  EXPECT_EQ(next("000000020000000000000004"), "000000040000000000000005");
}

TEST_F(SegmentOrderTest, SkipsATimelineThatBeginsAndEndsInOneSegment) {
  learn(3, "1\t0/3000028\tx\n2\t0/3500028\tx\n");
  EXPECT_EQ(next("000000010000000000000002"), "000000030000000000000003");
}

TEST_F(SegmentOrderTest, GoesByTheNewestHistory) {
  learn(3, "1\t0/3500028\tx\n");
  learn(2, "1\t0/2500028\tx\n");
  EXPECT_EQ(next("000000010000000000000001"), "000000010000000000000002");
  EXPECT_EQ(next("000000010000000000000002"), "000000030000000000000003");
  learn(4, "1\t0/2500028\tx\n");
  EXPECT_EQ(next("000000010000000000000001"), "000000040000000000000002");
}

TEST_F(SegmentOrderTest, StaysOnATimelineThatIsNotInTheHistory) {
  learn(3, "1\t0/3500028\tx\n");
  EXPECT_EQ(next("000000020000000000000002"), "000000020000000000000003");
}

}  // namespace
}  // namespace walden
