#include "basebackup/other_timelines.h"

#include <gmock/gmock.h>

#include "basebackup/replay_refusals.h"
#include "tests/basebackup/commit_segments.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Segments 2 to 9 of timeline 1, a transaction in each; a takeover right after the one in
// segment 6.
class LeftBehind : public CommitArchive {
 protected:
  LeftBehind() {
    for (std::uint64_t number = 2; number <= 9; ++number) archive_minute(number);
  }

  std::vector<OtherTimeline> others() {
    auto found = other_timelines(archive, {}, backups, taken_over, cancel_);
    EXPECT_TRUE(found) << found.error().cause;
    return found ? *found : std::vector<OtherTimeline>{};
  }
  static RestoreTarget at(int minutes) {
    RestoreTarget target;
    target.kind = RestoreTarget::Kind::time;
    target.time = minute(minutes);
    return target;
  }
  std::string refusal_remedy(int minutes) {
    return with_other_timelines({ErrorKind::absent, "late", "Nothing was changed."}, at(minutes),
                                others())
        .remedy;
  }

  TimelineHistory taken_over = TimelineHistory::parse(2, "1\t0/600050\tx\n").value();
  std::vector<BackupSummary> backups = {backup("older", 2, 2, minute(3))};
  std::atomic<bool> cancel_ = false;
};

TEST_F(LeftBehind, IsWhatTheOldServerWroteAfterTheTakeover) {
  ASSERT_EQ(others().size(), 1U);
  EXPECT_EQ(others()[0].timeline, 1U);
  EXPECT_EQ(others()[0].first.xid, 107U);
  EXPECT_EQ(others()[0].newest.xid, 109U);
}

TEST_F(LeftBehind, IsNothingWhereTheOldServerWroteNothing) {
  taken_over = TimelineHistory::parse(2, "1\t0/A00000\tx\n").value();
  EXPECT_THAT(others(), IsEmpty());
}

TEST_F(LeftBehind, EndsBeforeAHole) {
  lose_segment(8);
  EXPECT_EQ(others().at(0).newest.xid, 107U);
}

TEST_F(LeftBehind, NeedsABackupToStartFrom) {
  backups[0].timeline = 2;
  backups[0].stop = Lsn{7 * std::uint64_t{kMegabyte}};
  EXPECT_THAT(others(), IsEmpty());
}

TEST_F(LeftBehind, IsNamedWhereATimeIsRefusedThatItReaches) {
  EXPECT_THAT(refusal_remedy(8), HasSubstr("Timeline 1 goes on to"));
  EXPECT_THAT(refusal_remedy(8), HasSubstr("--target-timeline 1"));
  EXPECT_THAT(refusal_remedy(10), Not(HasSubstr("--target-timeline")));
  EXPECT_THAT(refusal_remedy(2), Not(HasSubstr("--target-timeline")));
}

TEST_F(LeftBehind, IsWarnedOfOnlyWhereItHadOtherChangesByThen) {
  EXPECT_THAT(warnings_of_other_timelines(at(6), others()), IsEmpty());
  ASSERT_EQ(warnings_of_other_timelines(at(7), others()).size(), 1U);
  EXPECT_THAT(warnings_of_other_timelines(at(7), others())[0], HasSubstr("--target-timeline 1"));
  EXPECT_THAT(warnings_of_other_timelines(at(20), others()), IsEmpty());
}

}  // namespace
}  // namespace walden
