#include "wal-fetch-worker/prefetch_depth.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMost = 64;

PrefetchDepth depth_of(std::chrono::milliseconds reading, std::chrono::milliseconds fetching) {
  PrefetchDepth depth;
  for (int i = 0; i < 3; ++i) {
    depth.segment_was_read(reading);
    depth.segment_was_fetched(fetching);
  }
  return depth;
}

TEST(PrefetchDepth, BeginsSmall) {
  EXPECT_EQ(PrefetchDepth().wanted(kMost), 2U);
  EXPECT_EQ(PrefetchDepth().wanted(1), 1U);
}

TEST(PrefetchDepth, CoversWhatIsReadWhileOneIsFetched) {
  EXPECT_GE(depth_of(10ms, 100ms).wanted(kMost), 10U);
  EXPECT_GE(depth_of(50ms, 100ms).wanted(kMost), 2U);
}

TEST(PrefetchDepth, GrowsWithTheStoresLatency) {
  EXPECT_LT(depth_of(20ms, 10ms).wanted(kMost), depth_of(20ms, 100ms).wanted(kMost));
  EXPECT_LT(depth_of(200ms, 100ms).wanted(kMost), depth_of(20ms, 100ms).wanted(kMost));
}

TEST(PrefetchDepth, StaysSmallWhereReadingIsSlow) {
  EXPECT_LE(depth_of(10s, 10ms).wanted(kMost), 4U);
}

TEST(PrefetchDepth, IsNeverMoreThanTheMost) {
  for (const std::size_t most : {1U, 2U, 7U, 64U}) {
    EXPECT_LE(depth_of(1ms, 1h).wanted(most), most);
    EXPECT_LE(depth_of(0ms, 1h).wanted(most), most);
    EXPECT_LE(depth_of(1ms, 0ms).wanted(most), most);
  }
}

TEST(PrefetchDepth, FollowsAStoreThatBecomesSlower) {
  PrefetchDepth depth = depth_of(20ms, 10ms);
  const std::size_t before = depth.wanted(kMost);
  for (int i = 0; i < 20; ++i) depth.segment_was_fetched(200ms);
  const std::size_t while_slow = depth.wanted(kMost);
  EXPECT_GT(while_slow, before);
  for (int i = 0; i < 40; ++i) depth.segment_was_fetched(10ms);
  EXPECT_LT(depth.wanted(kMost), while_slow);
}

}  // namespace
}  // namespace walden
