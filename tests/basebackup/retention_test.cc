#include "basebackup/retention.h"

#include <gmock/gmock.h>

#include <set>

#include "basebackup/plan_difference.h"
#include "tests/basebackup/retention_history.h"

namespace walden {
namespace {

using std::chrono::days;
using testing::add_wal;
using testing::at;
using testing::backup_at;
using ::testing::Contains;
using testing::daily_backups;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kDaySeconds;
using ::testing::Not;
using testing::place;
using testing::planned;
using testing::seconds_after;
using testing::staying;
using testing::wal_stays;

RetentionPolicy policy(unsigned daily, unsigned weekly, unsigned monthly, unsigned yearly,
                       int window_days = 0) {
  RetentionPolicy rules{
      .keep = {daily, weekly, monthly, yearly}, .minimum_backups = 1, .configured = true};
  if (window_days > 0) rules.recovery_window = days(window_days);
  return rules;
}

TEST(Retention, OfTenYearsOfDailyBackupsKeepsWhatThePolicySays) {
  const auto facts = daily_backups(at("2016-11-22 03:00"), 3652);  // to 2026-11-21
  const auto plan = plan_retention(facts, policy(7, 4, 12, 7, 7), at("2026-11-22 01:00"));
  EXPECT_THAT(
      staying(plan),
      ElementsAre("2020-12-31", "2021-12-31", "2022-12-31", "2023-12-31", "2024-12-31",  // years
                  "2025-12-31",  // a month and a year
                  "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31",
                  "2026-06-30", "2026-07-31", "2026-08-31", "2026-09-30", "2026-10-31",
                  "2026-11-01", "2026-11-08",  // weeks
                  "2026-11-14",                // where the window begins
                  "2026-11-15", "2026-11-16", "2026-11-17", "2026-11-18", "2026-11-19",
                  "2026-11-20", "2026-11-21"));
}

TEST(Retention, WithoutAPolicyNothingGoes) {
  const auto facts = daily_backups(at("2026-01-01 03:00"), 100);
  EXPECT_TRUE(plan_retention(facts, {}, at("2026-11-22 01:00")).nothing_goes());
}

TEST(Retention, NothingGrowsOldWhenNothingComesAnyMore) {
  const auto facts = daily_backups(at("2026-01-01 03:00"), 10);
  const auto soon = plan_retention(facts, policy(0, 0, 0, 0, 5), at("2026-01-11 02:00"));
  const auto late = plan_retention(facts, policy(0, 0, 0, 0, 5), at("2036-01-11 02:00"));
  EXPECT_EQ(staying(soon), staying(late));
  EXPECT_EQ(staying(soon).size(), 6U);
}

TEST(Retention, KeepsTheWalOfTheWindowAndBeyondItOnlyWhatMakesBackupsConsistent) {
  auto facts = daily_backups(at("2026-11-01 03:00"), 21);
  const auto plan = plan_retention(facts, policy(7, 4, 0, 0, 7), at("2026-11-22 01:00"));
  // The window begins on the 15th, so it is entered with the backup of the 14th or before.
  const auto& first = planned(plan, facts.backups[13].id);
  EXPECT_THAT(first.reasons, Contains("recovery window begins"));
  EXPECT_TRUE(wal_stays(plan, 1, 140, 219));
  EXPECT_FALSE(wal_stays(plan, 1, 139, 139));
  const auto& weekly = planned(plan, facts.backups[7].id);  // Sunday the 8th
  EXPECT_FALSE(weekly.goes());
  EXPECT_TRUE(wal_stays(plan, 1, 80, 80));
  EXPECT_FALSE(wal_stays(plan, 1, 81, 81));
}

TEST(Retention, TakesADamagedDayFromTheBackupThatCanBeRestored) {
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 3);
  BackupFacts later = backup_at(at("2026-11-01 20:00"), 15);
  later.complete = false;
  facts.backups.push_back(later);
  const auto plan = plan_retention(facts, policy(3, 0, 0, 0), at("2026-11-04 01:00"));
  EXPECT_TRUE(planned(plan, later.id).goes());
  EXPECT_FALSE(planned(plan, facts.backups[0].id).goes());
}

TEST(Retention, KeepsTheNewestThatCanBeRestoredBesideTheNewest) {
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 5);
  facts.backups[4].complete = facts.backups[3].complete = false;
  const auto plan = plan_retention(facts, policy(0, 0, 0, 0, 1), at("2026-11-06 01:00"));
  EXPECT_THAT(planned(plan, facts.backups[2].id).reasons, Contains("newest that can be restored"));
  EXPECT_THAT(planned(plan, facts.backups[4].id).reasons, Contains("newest"));
}

TEST(Retention, CountsABackupWithItsOwnWalAsOneThatCanBeRestored) {
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 5);
  facts.backups[4].complete = facts.backups[3].complete = false;
  facts.backups[3].with_wal = true;
  const auto plan = plan_retention(facts, policy(0, 0, 0, 0, 1), at("2026-11-06 01:00"));
  EXPECT_THAT(planned(plan, facts.backups[3].id).reasons, Contains("newest that can be restored"));
}

TEST(Retention, KeepsWhatAPersonSaidUntilItsTimeHasCome) {
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 5);
  facts.backups[0].keep = KeepMark{.keep = true, .until = {}, .reason = "audit"};
  facts.backups[1].keep = KeepMark{.keep = true, .until = at("2026-11-05 20:00"), .reason = {}};
  facts.backups[2].keep = KeepMark{.keep = true, .until = at("2026-11-05 03:00"), .reason = {}};
  facts.backups[3].keep = KeepMark{.keep = false, .until = {}, .reason = {}};
  const auto plan = plan_retention(facts, policy(1, 0, 0, 0), at("2026-11-05 06:00"));
  EXPECT_THAT(planned(plan, facts.backups[0].id).reasons, ElementsAre("kept: audit"));
  EXPECT_THAT(planned(plan, facts.backups[1].id).reasons, ElementsAre("kept until 2026-11-05"));
  EXPECT_TRUE(planned(plan, facts.backups[2].id).goes());
  EXPECT_TRUE(planned(plan, facts.backups[3].id).goes());
}

TEST(Retention, LeavesThePacksThatAStayingBackupRefersTo) {
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 5);
  facts.backups[4].references = {facts.backups[1].id};
  const auto plan = plan_retention(facts, policy(1, 0, 0, 0), at("2026-11-06 01:00"));
  EXPECT_TRUE(planned(plan, facts.backups[1].id).goes());
  EXPECT_FALSE(planned(plan, facts.backups[1].id).packs_go());
  EXPECT_TRUE(planned(plan, facts.backups[0].id).packs_go());
}

TEST(Retention, DeletesNoPackThatABackupMayReferToWhichCannotBeRead) {
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 5);
  facts.backups[2].references_known = false;
  facts.backups[2].keep = KeepMark{.keep = true, .until = {}, .reason = {}};
  const auto plan = plan_retention(facts, policy(1, 0, 0, 0), at("2026-11-06 01:00"));
  EXPECT_FALSE(planned(plan, facts.backups[0].id).packs_go());
  EXPECT_FALSE(planned(plan, facts.backups[1].id).packs_go());
  EXPECT_TRUE(planned(plan, facts.backups[3].id).packs_go());  // taken after it
}

TEST(Retention, LetsUnfinishedBackupsGoAfterAWeekUnlessSomethingNeedsThem) {
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 20);
  facts.backups[19].references = {"needed"};
  for (const auto* id : {"needed", "old"}) {
    facts.remains.push_back({.id = id, .newest = at("2026-11-02 03:00")});
  }
  facts.remains.push_back({.id = "young", .newest = at("2026-11-16 03:00")});
  facts.remains.push_back({.id = "given up", .newest = at("2026-11-20 03:00"), .given_up = true});
  const auto plan = plan_retention(facts, policy(7, 0, 0, 0), at("2026-11-21 02:00"));
  std::set<std::string> gone;
  for (const auto& remains : plan.remains) {
    if (remains.goes) gone.insert(remains.facts.id);
  }
  EXPECT_EQ(gone, (std::set<std::string>{"old", "given up"}));
}

TEST(Retention, ABackupBeingTakenKeepsItsWal) {
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 5);
  facts.remains.push_back({.id = "20261102T030000Z-tl1-0014",
                           .timeline = 1,
                           .first = place(20),
                           .newest = at("2026-11-05 20:00")});
  const auto plan = plan_retention(facts, policy(1, 0, 0, 0, 1), at("2026-11-06 01:00"));
  EXPECT_TRUE(wal_stays(plan, 1, 20, 59));
  EXPECT_FALSE(wal_stays(plan, 1, 19, 19));
}

// After a takeover: what leads from the old timeline's backup to the new one stays.
TEST(Retention, FollowsTheWayThroughATakeover) {
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 10);
  facts.histories.insert({2, TimelineHistory::parse(2, "1\t0/6A000000\tgone\n").value()});
  facts.timelines = {2};
  add_wal(facts, 2, 106, 130, at("2026-11-11 20:00"));
  facts.backups.push_back(backup_at(at("2026-11-11 03:00"), 115, 2));
  const auto plan = plan_retention(facts, policy(0, 0, 0, 0, 3), at("2026-11-12 00:00"));
  EXPECT_FALSE(planned(plan, facts.backups[7].id).goes());
  EXPECT_TRUE(wal_stays(plan, 1, 80, 106));
  EXPECT_TRUE(wal_stays(plan, 2, 106, 130));
  EXPECT_FALSE(wal_stays(plan, 1, 79, 79));
}

TEST(Retention, JudgesNothingBeforeATimelineWhoseHistoryCannotBeRead) {
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 10);
  facts.timelines = {2};
  add_wal(facts, 2, 106, 130, at("2026-11-11 20:00"));
  const auto plan = plan_retention(facts, policy(0, 0, 0, 0, 3), at("2026-11-12 00:00"));
  EXPECT_TRUE(plan.nothing_goes());
  EXPECT_THAT(plan.remarks, ElementsAre(HasSubstr("timeline 2")));
}

TEST(Retention, LetsALeftTimelineGoWhenNothingOfItLiesInTheWindow) {
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 5);
  facts.histories.insert({2, TimelineHistory::parse(2, "1\t0/1E000000\tback\n").value()});
  facts.timelines = {2};
  for (int day = 0; day < 12; ++day) {
    const Instant begin = seconds_after(at("2026-11-06 03:00"), day * kDaySeconds);
    facts.backups.push_back(backup_at(begin, 31 + day, 2));
    add_wal(facts, 2, 31 + day, 31 + day, seconds_after(begin, 80'000));
  }
  const auto plan = plan_retention(facts, policy(0, 0, 0, 0, 3), at("2026-11-18 01:00"));
  EXPECT_FALSE(wal_stays(plan, 1, 59, 59));
  EXPECT_TRUE(wal_stays(plan, 2, 39, 42));
}

TEST(Retention, AClockOfTheDatabaseHostThatIsBehindShortensNoWindow) {
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 20);
  const auto right = plan_retention(facts, policy(0, 0, 0, 0, 4), at("2026-11-21 01:00"));
  for (auto& backup : facts.backups) {
    backup.started = seconds_after(backup.started, -365 * kDaySeconds);
    backup.stopped = seconds_after(backup.stopped, -365 * kDaySeconds);
  }
  const auto plan = plan_retention(facts, policy(0, 0, 0, 0, 4), at("2026-11-21 01:00"));
  for (const auto& backup : right.backups) {
    EXPECT_EQ(planned(plan, backup.facts.id).goes(), backup.goes()) << backup.facts.id;
  }
  EXPECT_FALSE(goes_beyond(plan, right));
  EXPECT_THAT(right.remarks, IsEmpty());
  EXPECT_THAT(plan.remarks,
              ElementsAre(HasSubstr("differ by more than 10 minutes for 20 backups")));
}

// One segment, stored by a clock that is a year ahead, as this host's is.
TEST(Retention, ATimeThatLeapsAheadIsTold) {
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 20);
  facts.backups[2].keep = KeepMark{.keep = true, .until = at("2027-01-01 00:00"), .reason = {}};
  add_wal(facts, 1, 210, 210, at("2027-11-21 02:00"));
  const auto plan = plan_retention(facts, policy(0, 0, 0, 0, 7), at("2027-11-21 03:00"));
  ASSERT_TRUE(plan.leap);
  EXPECT_EQ(plan.leap->from, facts.wal[19].newest);
  EXPECT_EQ(plan.leap->to, at("2027-11-21 02:00"));
  EXPECT_THAT(plan.remarks, ElementsAre(HasSubstr("--accept-time")));
  EXPECT_FALSE(planned(plan, facts.backups[2].id).goes());
}

// A server that was down, until the 20th of November, and its daily backups since.
void trusts_time_after(Instant up_again, std::size_t days_of_doubt) {
  const auto rules = policy(0, 0, 0, 0, 7);
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 20);
  for (std::size_t day = 0; day < days_of_doubt + 2; ++day) {
    const Instant begin = seconds_after(up_again, static_cast<std::int64_t>(day) * kDaySeconds);
    facts.backups.push_back(backup_at(begin, 210 + 10 * day));
    add_wal(facts, 1, 210 + 10 * day, 219 + 10 * day, seconds_after(begin, 80'000));
    const auto plan = plan_retention(facts, rules, seconds_after(begin, 86'000));
    EXPECT_EQ(plan.leap.has_value(), day < days_of_doubt) << day;
  }
}

// Longer than a weekend on which nobody looks.
TEST(Retention, ATimeThatLeapsAheadIsTrustedOnceItHasGoneOnForAWeek) {
  trusts_time_after(at("2026-12-20 03:00"), 7);
}

TEST(Retention, ATimeThatLeapsAheadIsTrustedOnceItHasGoneOnForAsLongAsTheLeap) {
  trusts_time_after(at("2026-11-24 03:00"), 3);
}

TEST(Retention, APauseThatIsUsualIsNoLeap) {
  RetentionFacts facts;
  facts.segment_size = 16U << 20U;
  for (int week = 0; week < 20; ++week) {
    const Instant begin = seconds_after(at("2026-06-01 03:00"), week * 7 * kDaySeconds);
    const auto segment = static_cast<std::uint64_t>(week) + 10;
    facts.backups.push_back(backup_at(begin, segment));
    add_wal(facts, 1, segment, segment, seconds_after(begin, 500));
  }
  const auto now = seconds_after(facts.backups.back().committed, 60);
  const auto plan = plan_retention(facts, policy(0, 0, 0, 0, 30), now);
  EXPECT_FALSE(plan.nothing_goes());
  EXPECT_FALSE(plan.leap);
}

// What is left of an idle server's weekly backups; then one that comes as late as is given.
TEST(Retention, TwoPausesThatAreAlikeAreUsual) {
  for (const int last : {7, 60}) {
    RetentionFacts facts;
    facts.segment_size = 16U << 20U;
    std::uint64_t segment = 10;
    for (const int day : {0, 7, 7 + last}) {
      const Instant begin = seconds_after(at("2026-06-01 03:00"), day * kDaySeconds);
      facts.backups.push_back(backup_at(begin, segment));
      add_wal(facts, 1, segment, segment, seconds_after(begin, 300));  // where it began
      add_wal(facts, 1, segment + 1, segment + 1, seconds_after(begin, 600));
      segment += 2;
    }
    const auto now = seconds_after(facts.backups.back().committed, 60);
    const auto plan = plan_retention(facts, policy(0, 0, 0, 0, 5), now);
    EXPECT_FALSE(plan.nothing_goes()) << last;
    EXPECT_EQ(plan.leap.has_value(), last == 60) << last;
  }
}

TEST(Retention, NoSingleObjectsTimeEndsAKeepMark) {
  RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 5);
  facts.backups[0].keep = KeepMark{.keep = true, .until = at("2026-11-07 00:00"), .reason = {}};
  add_wal(facts, 1, 60, 60, at("2026-11-07 02:00"));
  const auto rules = policy(1, 0, 0, 0);
  const Instant now = at("2026-11-07 04:00");
  EXPECT_FALSE(planned(plan_retention(facts, rules, now), facts.backups[0].id).goes());
  add_wal(facts, 1, 61, 61, at("2026-11-07 03:00"));
  EXPECT_TRUE(planned(plan_retention(facts, rules, now), facts.backups[0].id).goes());
}

TEST(Retention, AClockThatWasWrongForANightPutsNoOtherBackupInDoubt) {
  for (const char* wrong :
       {"1970-01-02 00:00", "2026-11-05 12:00", "2026-11-17 12:00", "2099-01-01 00:00"}) {
    RetentionFacts facts = daily_backups(at("2026-11-01 03:00"), 20);
    const auto right = plan_retention(facts, policy(7, 4, 0, 0, 4), at("2026-11-21 01:00"));
    facts.backups[10].started = at(wrong);
    facts.backups[10].stopped = seconds_after(at(wrong), 600);
    const auto plan = plan_retention(facts, policy(7, 4, 0, 0, 4), at("2026-11-21 01:00"));
    for (const auto& backup : right.backups) {
      if (!backup.goes()) {
        EXPECT_FALSE(planned(plan, backup.facts.id).goes()) << wrong;
      }
    }
    EXPECT_THAT(plan.remarks, Not(IsEmpty())) << wrong;
  }
}

}  // namespace
}  // namespace walden
