#include <gmock/gmock.h>

#include "tests/archive/memory_archive.h"

namespace walden {
namespace {

constexpr std::uint32_t kSixteen = 16 * kMegabyte;

class WalCoverage : public MemoryArchive {
 protected:
  WalArchive::Coverage cover(const TimelineHistory& history, std::uint64_t first,
                             std::uint32_t segment_size = kSixteen) {
    auto coverage = archive.coverage(history, SegmentNumber{first}, segment_size);
    EXPECT_TRUE(coverage) << coverage.error().cause;
    return coverage.value_or(WalArchive::Coverage{});
  }
  WalArchive::Coverage cover(std::uint64_t first, std::uint32_t segment_size = kSixteen) {
    return cover(TimelineHistory::without_parents(1), first, segment_size);
  }
  static TimelineHistory history(Timeline timeline, std::string_view text) {
    return TimelineHistory::parse(timeline, text).value();
  }
  static std::string newest(const WalArchive::Coverage& coverage) {
    return coverage.newest ? coverage.newest->to_text() : "none";
  }
  // "first-last (count)", one after another.
  static std::string holes(const WalArchive::Coverage& coverage) {
    std::string text;
    for (const auto& hole : coverage.holes) {
      text += hole.first.to_text() + "-" + hole.last.to_text() + " (" + std::to_string(hole.count) +
              ") ";
    }
    return text;
  }
};

TEST_F(WalCoverage, OfNothingIsNothing) {
  const auto coverage = cover(5);
  EXPECT_EQ(newest(coverage), "none");
  EXPECT_EQ(coverage.present, 0U);
  EXPECT_EQ(holes(coverage), "");
}

TEST_F(WalCoverage, OfAnUnbrokenRunHasNoHoles) {
  for (std::uint64_t n = 3; n <= 300; ++n) put(1, n, kSixteen);
  const auto coverage = cover(10);
  EXPECT_EQ(newest(coverage), "00000001000000010000002C");
  EXPECT_EQ(coverage.present, 291U);
  EXPECT_EQ(holes(coverage), "");
  EXPECT_GT(coverage.newest_modified, 1'600'000'000);
}

TEST_F(WalCoverage, CountsFromTheVeryFirstSegment) {
  for (std::uint64_t n = 0; n <= 3; ++n) put(1, n, kSixteen);
  EXPECT_EQ(cover(0).present, 4U);
}

TEST_F(WalCoverage, NamesEveryHole) {
  for (const std::uint64_t n : {10U, 11U, 13U, 300U}) put(1, n, kSixteen);
  const auto coverage = cover(9);
  EXPECT_EQ(coverage.present, 4U);
  EXPECT_EQ(holes(coverage),
            "000000010000000000000009-000000010000000000000009 (1) "
            "00000001000000000000000C-00000001000000000000000C (1) "
            "00000001000000000000000E-00000001000000010000002B (286) ");
}

TEST_F(WalCoverage, DoesNotTakePartialsAndBackupHistoriesForSegments) {
  put(1, 10, kSixteen);
  put(name("00000001000000000000000B.partial"));
  put(name("00000001000000000000000C.00000028.backup"));
  const auto coverage = cover(10);
  EXPECT_EQ(newest(coverage), "00000001000000000000000A");
  EXPECT_EQ(coverage.present, 1U);
}

TEST_F(WalCoverage, DoesNotCountASegmentInAnotherLogsFolder) {
  ASSERT_TRUE(create_object(
      store, archive.names().wal_prefix(1) + "00000000/000000010000000100000000", bytes_of("x")));
  EXPECT_EQ(cover(0).present, 0U);
}

TEST_F(WalCoverage, ChangesTimelineInTheSegmentOfTheSwitch) {
  for (const std::uint64_t n : {10U, 11U, 12U, 13U})
    put(1, n, kSixteen);  // 12, 13: the dead branch
  for (const std::uint64_t n : {12U, 13U, 14U}) put(2, n, kSixteen);
  const auto coverage = cover(history(2, "1\t0/C000028\tno recovery target specified\n"), 10);
  EXPECT_EQ(newest(coverage), "00000002000000000000000E");
  EXPECT_EQ(coverage.present, 5U);
  EXPECT_EQ(holes(coverage), "");
}

TEST_F(WalCoverage, WantsTheSegmentOfTheSwitchFromTheNewTimeline) {
  for (const std::uint64_t n : {10U, 11U, 12U}) put(1, n, kSixteen);
  put(2, 13, kSixteen);
  const auto coverage = cover(history(2, "1\t0/C000028\tx\n"), 10);
  EXPECT_EQ(holes(coverage), "00000002000000000000000C-00000002000000000000000C (1) ");
}

TEST_F(WalCoverage, ChangesTimelineAtASegmentsBoundary) {
  for (const std::uint64_t n : {10U, 11U}) put(1, n, kSixteen);
  for (const std::uint64_t n : {12U, 13U}) put(2, n, kSixteen);
  const auto coverage = cover(history(2, "1\t0/C000000\tx\n"), 10);
  EXPECT_EQ(coverage.present, 4U);
  EXPECT_EQ(holes(coverage), "");
}

TEST_F(WalCoverage, SeesAHoleAcrossTimelines) {
  put(1, 10, kSixteen);
  put(3, 15, kSixteen);
  const auto coverage = cover(history(3, "1\t0/C000028\tx\n2\t0/E000028\tx\n"), 10);
  EXPECT_EQ(holes(coverage), "00000001000000000000000B-00000003000000000000000E (4) ");
  EXPECT_EQ(newest(coverage), "00000003000000000000000F");
}

TEST_F(WalCoverage, BeginsInTheMiddleOfALaterTimeline) {
  put(1, 10, kSixteen);
  for (const std::uint64_t n : {20U, 21U}) put(2, n, kSixteen);
  const auto coverage = cover(history(2, "1\t0/C000028\tx\n"), 20);
  EXPECT_EQ(coverage.present, 2U);
  EXPECT_EQ(holes(coverage), "");
}

TEST_F(WalCoverage, Has4096SegmentsOfOneMegabyteInALog) {
  for (std::uint64_t n = 4090; n <= 4100; ++n) put(1, n, kMegabyte);
  const auto coverage = cover(4090, kMegabyte);
  EXPECT_EQ(newest(coverage), "000000010000000100000004");
  EXPECT_EQ(coverage.present, 11U);
  EXPECT_EQ(holes(coverage), "");
}

TEST_F(WalCoverage, PassesOverSegmentsOfAnotherSize) {
  put(name("000000010000000000000FFF"));  // possible with 1 MB only
  put(1, 256, kSixteen);
  const auto coverage = cover(256);
  EXPECT_EQ(coverage.present, 1U);
  EXPECT_EQ(cover(255).present, 1U);
}

TEST_F(WalCoverage, ListsTimelinesThatHaveAHistory) {
  for (std::uint64_t n = 1; n <= 40; ++n) put(1, n, kSixteen);
  put(2, 50, kSixteen);
  put(name("00000002.history"));
  put(name("0000000A.history"));
  const auto timelines = archive.timelines_with_history();
  ASSERT_TRUE(timelines) << timelines.error().cause;
  EXPECT_THAT(*timelines, ::testing::ElementsAre(2, 10));
}

}  // namespace
}  // namespace walden
