#include "basebackup/wal_survey.h"

#include <gmock/gmock.h>

#include "tests/basebackup/expired_archive.h"

namespace walden {
namespace {

using testing::at;
using ::testing::ElementsAre;
using testing::ExpiredArchive;
using testing::place;

constexpr std::uint32_t kSize = ExpiredArchive::kSize;

TEST(WalSurvey, MakesRunsOfWhatIsSideBySideAndWasStoredTogether) {
  ExpiredArchive archive;
  archive.archive(250, 260, at("2026-11-21 03:00"));
  archive.archive(261, 262, at("2026-11-21 03:01"));
  archive.archive(270, 270, at("2026-11-21 03:01"));
  const auto survey = survey_wal(archive.store, archive.names).value();
  std::vector<std::uint64_t> counts;
  for (const auto& run : survey.runs) counts.push_back(run.count());
  EXPECT_THAT(counts, ElementsAre(6, 5, 2, 1));  // a log has 256
  EXPECT_EQ(survey.runs[1].first, place(256));
  EXPECT_EQ(survey.runs[2].newest, at("2026-11-21 03:01"));
}

TEST(WalSurvey, CountsWhatLiesBesideASegmentAsItsOwn) {
  ExpiredArchive archive;
  archive.archive(1, 2, at("2026-11-21 03:00"));
  archive.put(
      archive.names.wal(WalName::parse("000000010000000000000002.00000028.backup").value()));
  archive.put(archive.names.wal(WalName::parse("000000010000000000000003.partial").value()));
  archive.put(archive.names.wal(WalName::parse("00000002.history").value()));
  const auto survey = survey_wal(archive.store, archive.names).value();
  ASSERT_EQ(survey.runs.size(), 2U);
  EXPECT_EQ(survey.runs[0].stored, 3U);
  EXPECT_FALSE(survey.runs[1].whole);
  EXPECT_THAT(survey.histories, ElementsAre(2));
}

TEST(WalSurvey, KnowsWhetherABackupsWalIsThere) {
  ExpiredArchive archive;
  archive.archive(250, 260, at("2026-11-21 03:00"));
  archive.archive(262, 262, at("2026-11-21 03:01"));
  archive.put(
      archive.names.wal(WalName::parse("000000010000000100000005.partial").value()));  // 261
  const auto runs = survey_wal(archive.store, archive.names)->runs;
  const auto covered = [&](std::uint64_t first, std::uint64_t last) {
    return covers(runs, 1, SegmentNumber{first}, SegmentNumber{last}, kSize);
  };
  EXPECT_TRUE(covered(250, 260));
  EXPECT_TRUE(covered(255, 257));
  EXPECT_TRUE(covered(262, 262));
  EXPECT_FALSE(covered(249, 250));
  EXPECT_FALSE(covered(260, 262));
  EXPECT_FALSE(covered(262, 263));
  EXPECT_FALSE(covers(runs, 2, SegmentNumber{250}, SegmentNumber{250}, kSize));
}

}  // namespace
}  // namespace walden
