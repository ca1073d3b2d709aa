#include "basebackup/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/basebackup/commit_segments.h"

namespace walden {
namespace {

using ::testing::HasSubstr;

// Segments 2 to 9, a transaction in each; a backup over segment 2 and one over segment 6.
class ReplayPlan : public CommitArchive {
 protected:
  ReplayPlan() {
    for (std::uint64_t number = 2; number <= 9; ++number) archive_minute(number);
    candidates_ = {{backup("newer", 6, 6, Instant{minute(6).microseconds + 1}), history_},
                   {backup("older", 2, 2, Instant{minute(2).microseconds + 1}), history_}};
  }

  Result<Replay> plan(const RestoreTarget& target) {
    return ReplayPlanner(archive, opening_, target, cancel_).plan(candidates_);
  }
  static RestoreTarget at(Instant time) {
    RestoreTarget target;
    target.kind = RestoreTarget::Kind::time;
    target.time = time;
    return target;
  }
  static RestoreTarget at_xid(std::uint32_t xid) {
    RestoreTarget target;
    target.kind = RestoreTarget::Kind::xid;
    target.xid = xid;
    return target;
  }
  static RestoreTarget at_lsn(Lsn lsn) {
    RestoreTarget target;
    target.kind = RestoreTarget::Kind::lsn;
    target.lsn = lsn;
    return target;
  }
  static Instant between(int minutes) { return {minute(minutes).microseconds + 30'000'000}; }

  void expect_plan(const RestoreTarget& target, const std::string& id, std::uint64_t last) {
    const auto replay = plan(target);
    ASSERT_TRUE(replay) << replay.error().cause;
    EXPECT_EQ(replay->from.backup.id, id);
    EXPECT_EQ(replay->needed.last.value, last);
  }
  void expect_refused(const RestoreTarget& target, const std::string& why) {
    const auto replay = plan(target);
    ASSERT_FALSE(replay);
    EXPECT_EQ(replay.error().kind, ErrorKind::absent);
    EXPECT_THAT(replay.error().cause, HasSubstr(why));
    EXPECT_NE(replay.error().remedy, "");
  }

  Opening opening_;
  std::atomic<bool> cancel_ = false;
  TimelineHistory history_ = TimelineHistory::without_parents(1);
  std::vector<Candidate> candidates_;
};

TEST_F(ReplayPlan, OfATimeStopsAtTheFirstLaterTransaction) {
  expect_plan(at(between(7)), "newer", 8);
  EXPECT_EQ(plan(at(between(7)))->stop->lsn, lsn_of(108));
  expect_plan(at(between(3)), "older", 4);
}

TEST_F(ReplayPlan, OfATransactionsOwnTimeIncludesItUnlessExclusive) {
  auto target = at(minute(7));
  expect_plan(target, "newer", 8);
  target.exclusive = true;
  expect_plan(target, "newer", 7);
}

TEST_F(ReplayPlan, PassesOverABackupWhoseOwnWalGoesBeyondTheTime) {
  candidates_[0].backup.stopped = between(4);  // a clock that is late
  expect_plan(at(between(5)), "older", 6);
}

TEST_F(ReplayPlan, RefusesATimeBeforeTheOldestBackup) {
  expect_refused(at(minute(1)), "before the oldest backup");
}

TEST_F(ReplayPlan, RefusesATimeAfterTheNewestTransaction) {
  expect_refused(at(between(9)), "the newest transaction in the archive ended at");
}

TEST_F(ReplayPlan, OfTheNewestTransactionsTimeStopsAfterIt) {
  expect_plan(at(minute(9)), "newer", 9);
  EXPECT_EQ(plan(at(minute(9)))->instead->lsn, lsn_of(109));
}

// A quiet server: the newest backup ended long after the last transaction.
class QuietReplayPlan : public ReplayPlan {
 protected:
  QuietReplayPlan() {
    archive_segment(10, {});
    candidates_.insert(candidates_.begin(), {backup("quiet", 10, 10, minute(30)), history_});
  }
};

TEST_F(QuietReplayPlan, GoesToAnyMomentUpToTheNewestBackupsEnd) {
  expect_plan(at(between(9)), "newer", 9);
  const auto replay = plan(at(minute(29)));
  ASSERT_TRUE(replay) << replay.error().cause;
  ASSERT_TRUE(replay->instead);
  EXPECT_EQ(replay->instead->kind, RestoreTarget::Kind::lsn);
  EXPECT_EQ(replay->instead->lsn, lsn_of(109));
  EXPECT_FALSE(replay->instead->exclusive);
  EXPECT_FALSE(plan(at(between(7)))->instead);
}

TEST_F(QuietReplayPlan, OfTheNewestBackupsOwnEndStopsThere) {
  expect_plan(at(minute(30)), "quiet", 10);
  EXPECT_EQ(plan(at(minute(30)))->instead->kind, RestoreTarget::Kind::immediate);
}

TEST_F(QuietReplayPlan, RefusesAMomentThatNothingProves) {
  expect_refused(at(minute(31)), "no transaction has ended in the archived WAL after backup quiet");
}

TEST_F(QuietReplayPlan, RefusesAMomentBehindAHole) {
  lose_segment(8);
  expect_refused(at(minute(29)), "000000010000000000000008 is missing");
}

// Two that commit at once: the later in the log may have looked at the clock first.
TEST_F(QuietReplayPlan, IncludesATransactionWhoseClockWasReadEarlier) {
  lose_segment(9);
  archive_segment(9, {{109, minute(9)}, {110, Instant{minute(9).microseconds - 1}}});
  EXPECT_EQ(plan(at(minute(29)))->instead->lsn, lsn_of(110));
}

TEST_F(ReplayPlan, FindsATransactionFromTheNewestBackupBack) {
  expect_plan(at_xid(108), "newer", 8);
  expect_plan(at_xid(104), "older", 4);
  expect_plan(at_xid(106), "older", 6);  // before the newer backup is consistent
  expect_refused(at_xid(4000000), "4000000");
}

TEST_F(ReplayPlan, OfAnLsnNeedsARecordAtOrAfterIt) {
  expect_plan(at_lsn(lsn_of(108)), "newer", 8);
  expect_plan(at_lsn(lsn_of(109)), "newer", 9);
  expect_refused(at_lsn(Lsn{10 * std::uint64_t{kMegabyte} + 40}), "0/A00028");
  expect_refused(at_lsn(lsn_of(102)), "before");
}

TEST_F(ReplayPlan, NamesTheHoleBeforeTheTargetAndTheLastMomentBeforeIt) {
  lose_segment(8);
  for (const auto& target : {at_xid(109), at(between(8)), at_lsn(lsn_of(109)), RestoreTarget{}}) {
    expect_refused(target, "000000010000000000000008 is missing");
    EXPECT_THAT(plan(target).error().remedy, HasSubstr("--target-lsn " + lsn_of(107).to_text()));
  }
}

TEST_F(ReplayPlan, DoesNotMindAHoleBehindTheTarget) {
  lose_segment(8);
  expect_plan(at_xid(107), "newer", 7);
  RestoreTarget immediate;
  immediate.kind = RestoreTarget::Kind::immediate;
  expect_plan(immediate, "newer", 6);
}

TEST_F(ReplayPlan, DoesNotNeedABackupThatIsIncompleteForAnOlderMoment) {
  lose_segment(6);
  expect_plan(at_xid(104), "older", 4);
  expect_refused(at_xid(108), "000000010000000000000006 is missing");
}

// It is wanted all the same, after a disaster: but not silently.
TEST_F(ReplayPlan, OfTheNewestSaysThatTheLastSegmentCannotBeRead) {
  lose_segment(9);
  put(1, 9, kMegabyte);
  const auto replay = plan(RestoreTarget{});
  ASSERT_TRUE(replay) << replay.error().cause;
  ASSERT_TRUE(replay->unread);
  EXPECT_THAT(replay->unread->cause, HasSubstr("000000010000000000000009"));
}

TEST_F(ReplayPlan, RefusesABackupWhoseWalTheArchiveDoesNotReach) {
  candidates_[0].backup = backup("newer", 9, 12, minute(12));
  expect_refused(RestoreTarget{}, "cannot be made consistent");
}

TEST_F(ReplayPlan, FetchesFewSegmentsForATime) {
  for (std::uint64_t number = 10; number <= 60; ++number) archive_minute(number);
  int fetched = 0;
  WalEvents events(archive, history_, opening_, kMegabyte, cancel_,
                   [&](const WalName&) { ++fetched; });
  const auto stop = events.stop_for_time({SegmentNumber{2}, SegmentNumber{60}}, between(40), false);
  ASSERT_TRUE(stop) << stop.error().cause;
  EXPECT_EQ((*stop)->xid, 141U);
  EXPECT_LE(fetched, 10);
}

}  // namespace
}  // namespace walden
