#include "common/postgres/timeline_history.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

constexpr std::uint32_t kSize = 16U << 20U;

constexpr std::string_view kFourth =
    "1\t0/3000000\tno recovery target specified\n"
    "\n"
    "# a person's remark\n"
    "2\t0/5000A28\tbefore 2026-11-21 14:30:00+00\n";

Lsn lsn(std::string_view text) {
  return *Lsn::parse(text);
}

TEST(TimelineHistory, WithoutParentsIsOneTimelineForEver) {
  const auto history = TimelineHistory::without_parents(7);
  EXPECT_EQ(history.timeline(), 7U);
  EXPECT_EQ(history.timeline_of({0}, kSize), 7U);
  EXPECT_EQ(history.timeline_of({1'000'000}, kSize), 7U);
  EXPECT_TRUE(history.contains(7));
  EXPECT_FALSE(history.contains(1));
}

TEST(TimelineHistory, GivesEachTimelineItsPart) {
  const auto history = TimelineHistory::parse(4, kFourth);
  ASSERT_TRUE(history) << history.error().cause;
  ASSERT_EQ(history->parts().size(), 3U);
  EXPECT_EQ(history->parts()[0].begin.value, 0U);
  EXPECT_EQ(history->parts()[0].end, lsn("0/3000000"));
  EXPECT_EQ(history->parts()[1].timeline, 2U);
  EXPECT_EQ(history->parts()[1].begin, lsn("0/3000000"));
  EXPECT_EQ(history->parts()[1].end, lsn("0/5000A28"));
  EXPECT_EQ(history->timeline(), 4U);
  EXPECT_EQ(history->parts()[2].begin, lsn("0/5000A28"));
  EXPECT_FALSE(history->contains(3)) << "a sibling, not an ancestor";
}

TEST(TimelineHistory, TakesTheNewTimelinesFileOfTheSegmentInWhichItBegan) {
  const auto history = *TimelineHistory::parse(4, kFourth);
  EXPECT_EQ(history.timeline_of({2}, kSize), 1U);
  EXPECT_EQ(history.timeline_of({3}, kSize), 2U) << "the switch lies on the segment's beginning";
  EXPECT_EQ(history.timeline_of({4}, kSize), 2U);
  EXPECT_EQ(history.timeline_of({5}, kSize), 4U) << "the switch lies within the segment";
  EXPECT_EQ(history.timeline_of({6}, kSize), 4U);
}

TEST(TimelineHistory, PassesThroughAParentUpToItsSwitchPoint) {
  const auto history = *TimelineHistory::parse(4, kFourth);
  EXPECT_TRUE(history.passes_through(1, lsn("0/2000028")));
  EXPECT_TRUE(history.passes_through(1, lsn("0/3000000")));
  EXPECT_FALSE(history.passes_through(1, lsn("0/3000001")));
  EXPECT_TRUE(history.passes_through(2, lsn("0/5000A28")));
  EXPECT_FALSE(history.passes_through(2, lsn("0/5000A29")));
  EXPECT_TRUE(history.passes_through(4, lsn("FF/0")));
  EXPECT_FALSE(history.passes_through(3, lsn("0/5000000")));
}

TEST(TimelineHistory, RefusesDisorder) {
  const auto refuses = [](Timeline timeline, std::string_view content) {
    const auto history = TimelineHistory::parse(timeline, content);
    return !history && history.error().kind == ErrorKind::corrupt;
  };
  EXPECT_TRUE(refuses(4, "2\t0/3000000\tx\n1\t0/5000000\tx\n"));  // parents descend
  EXPECT_TRUE(refuses(4, "1\t0/3000000\tx\n1\t0/5000000\tx\n"));  // the same one twice
  EXPECT_TRUE(refuses(4, "1\t0/5000000\tx\n2\t0/3000000\tx\n"));  // switch points descend
  EXPECT_TRUE(refuses(2, "2\t0/3000000\tx\n"));                   // its own parent
  EXPECT_TRUE(refuses(2, "3\t0/3000000\tx\n"));
  EXPECT_TRUE(refuses(2, "0\t0/3000000\tx\n"));
  EXPECT_TRUE(refuses(2, ""));
  EXPECT_TRUE(refuses(2, "# nothing but a remark\n"));
  EXPECT_TRUE(refuses(2, "1 0/3000000 x\n"));
  EXPECT_TRUE(refuses(2, "-1\t0/3000000\tx\n"));
  EXPECT_TRUE(refuses(2, "1\t3000000\tx\n"));
}

TEST(TimelineHistory, IsNotReadShortWhenItIsCutOff) {
  const std::string_view whole = "1\t0/3000A28\tx\n";
  for (std::size_t size = 0; size < whole.size() - 2; ++size) {
    EXPECT_FALSE(TimelineHistory::parse(2, whole.substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace walden
