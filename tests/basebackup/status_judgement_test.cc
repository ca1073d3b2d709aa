#include "basebackup/status_judgement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "basebackup/status_server.h"
#include "basebackup/status_text.h"

namespace walden {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr Instant kNow{1'795'231'000'000'000};

Instant before(seconds time) {
  return {kNow.microseconds - std::chrono::microseconds(time).count()};
}

BackupFact backup(const std::string& id, seconds ago) {
  return {.id = id,
          .kind = "full",
          .started = before(ago + minutes(1)),
          .stopped = before(ago),
          .stored_size = 1000,
          .database_size = 5000,
          .consistent = true,
          .complete = true};
}

// A cluster of which all is well.
class StatusJudgement : public ::testing::Test {
 protected:
  void SetUp() override {
    status.cluster = "orders";
    status.store = "memory:";
    status.now = kNow;
    status.system_identifier = 7;
    status.created = before(hours(24 * 60));
    status.backups = {backup("20261120T030000Z-tl1-02", hours(34)),
                      backup("20261121T030000Z-tl1-06", hours(10))};
    status.wal = WalFact{"000000010000000000000009", before(minutes(3)), 8, 8000};
    status.window_known = true;
    status.window_begin = before(hours(34));
    status.window_end = before(minutes(3));
    status.drilled = ProofFact{.at = before(hours(24 * 10)), .good = true};
    policy.objectives.rpo = minutes(15);
  }

  Judgement of(const std::string& name) {
    for (const Judgement& one : judge(status, policy)) {
      if (one.name == name) return one;
    }
    return {.name = "none", .severity = Severity::unknown, .sentence = "none"};
  }
  Severity severity(const std::string& name) { return of(name).severity; }
  void ask_server(const ServerFact& server) { status.server = server; }
  static ServerFact idle() {
    return {.archived = 9, .archive_timeout = minutes(5), .segments_behind = 0};
  }

  ClusterStatus status;
  Policy policy;
};

TEST_F(StatusJudgement, OfAClusterInOrderIsGood) {
  const auto all = judge(status, policy);
  for (const Judgement& one : all) EXPECT_EQ(one.severity, Severity::ok) << one.sentence;
  EXPECT_EQ(exit_code(worst(all)), 0);
}

TEST_F(StatusJudgement, OfAStoreThatIsAwayIsCriticalAndNothingElseIsClaimed) {
  status.store_error = Error{ErrorKind::transient, "nobody answers", ""};
  const auto all = judge(status, policy);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].name, "store");
  EXPECT_EQ(exit_code(worst(all)), 2);
}

TEST_F(StatusJudgement, OfAClusterWithoutABackupIsCritical) {
  status.backups.clear();
  EXPECT_EQ(severity("backup"), Severity::critical);
  EXPECT_EQ(of("backup").remedy, "basebackup push");
  EXPECT_EQ(of("backup").since, status.created);
}

TEST_F(StatusJudgement, OfABackupThatIsLateWarnsAndThenIsCritical) {
  status.backups = {backup("a", hours(26))};
  EXPECT_EQ(severity("backup"), Severity::ok);
  status.backups = {backup("a", hours(27))};
  EXPECT_EQ(severity("backup"), Severity::warning);
  EXPECT_EQ(of("backup").since, before(hours(1)));
  status.backups = {backup("a", hours(53))};
  EXPECT_EQ(severity("backup"), Severity::critical);
}

TEST_F(StatusJudgement, OfANewestBackupThatLacksWalIsCritical) {
  status.backups.back().consistent = false;
  EXPECT_EQ(severity("backup"), Severity::critical);
}

TEST_F(StatusJudgement, OfADamagedManifestWarnsAndOfAllDamagedIsCritical) {
  status.backups.front().damaged = "frame 1";
  EXPECT_EQ(severity("backup"), Severity::warning);
  status.backups.back().damaged = "frame 1";
  EXPECT_EQ(severity("backup"), Severity::critical);
}

TEST_F(StatusJudgement, OfWalOlderThanTheObjectiveIsCriticalWhileTheServerIsNotAsked) {
  status.wal->stored = before(minutes(15));
  EXPECT_EQ(severity("wal"), Severity::ok);
  status.wal->stored = before(minutes(43));
  EXPECT_EQ(severity("wal"), Severity::critical);
  EXPECT_EQ(of("wal").since, before(minutes(28)));
  EXPECT_THAT(of("wal").sentence, HasSubstr("43 min ago"));
  EXPECT_THAT(of("wal").sentence, HasSubstr("--connection"));
}

TEST_F(StatusJudgement, KnowsAnIdleServer) {
  status.wal->stored = before(hours(9));
  ask_server(idle());
  EXPECT_EQ(severity("wal"), Severity::ok);
  EXPECT_THAT(of("wal").sentence, HasSubstr("written nothing since"));
}

TEST_F(StatusJudgement, BelievesNoServerThatOnlyLooksIdle) {
  status.wal->stored = before(hours(9));
  ServerFact server = idle();
  server.segments_behind = 2;
  ask_server(server);
  EXPECT_EQ(severity("wal"), Severity::critical);
  EXPECT_THAT(of("wal").sentence, HasSubstr("2 segments wait"));
  server = idle();
  server.archive_timeout = seconds(0);
  ask_server(server);
  EXPECT_EQ(severity("wal"), Severity::critical);
  EXPECT_THAT(of("wal").sentence, HasSubstr("archive_timeout is off"));
  server = idle();
  server.segments_behind.reset();
  ask_server(server);
  EXPECT_EQ(severity("wal"), Severity::critical);
}

TEST_F(StatusJudgement, WithoutAnObjectiveJudgesNoAge) {
  policy.objectives.rpo.reset();
  status.wal->stored = before(hours(100));
  EXPECT_EQ(severity("wal"), Severity::ok);
  status.wal.reset();
  EXPECT_EQ(severity("wal"), Severity::warning);
}

TEST_F(StatusJudgement, OfAFailingArchiverIsCritical) {
  ServerFact server = idle();
  server.archiver_failing = true;
  server.last_failed_wal = "00000001000000000000000A";
  server.last_archived_ago = minutes(4);
  ask_server(server);
  EXPECT_EQ(severity("archiver"), Severity::critical);
  EXPECT_EQ(of("archiver").since, before(minutes(4)));
  EXPECT_THAT(of("archiver").sentence, HasSubstr("00000001000000000000000A"));
}

TEST_F(StatusJudgement, OfAServerThatDoesNotAnswerIsUnknown) {
  status.server_error = Error{ErrorKind::transient, "connection refused", ""};
  EXPECT_EQ(severity("archiver"), Severity::unknown);
  EXPECT_EQ(exit_code(worst(judge(status, policy))), 3);
}

TEST_F(StatusJudgement, OfAGapWarnsAndOfOneBehindTheNewestBackupIsCritical) {
  status.holes = {{"A", "B", 2, before(hours(20)), before(hours(10))}};
  EXPECT_EQ(severity("gaps"), Severity::warning);
  EXPECT_THAT(of("gaps").sentence, HasSubstr("2 segments are missing: A to B"));
  status.holes.push_back({"C", "C", 1, before(hours(1)), {}});
  EXPECT_EQ(severity("gaps"), Severity::critical);
  EXPECT_EQ(of("gaps").remedy, "basebackup push");
}

TEST_F(StatusJudgement, MissesNoWalThatTheRecoveryWindowDoesNotPromise) {
  status.holes = {{"A", "B", 2, before(hours(20)), before(hours(10))}};
  policy.retention.recovery_window = hours(10);
  EXPECT_EQ(severity("gaps"), Severity::ok);
  policy.retention.recovery_window = hours(11);
  EXPECT_EQ(severity("gaps"), Severity::warning);
}

TEST_F(StatusJudgement, OfSealedBackupsKnowsNoGaps) {
  status.window_known = false;
  EXPECT_EQ(severity("gaps"), Severity::unknown);
}

TEST_F(StatusJudgement, OfAnArchiveFromWhichNothingCanBeRestoredIsCritical) {
  status.window_begin.reset();
  EXPECT_EQ(severity("gaps"), Severity::critical);
}

TEST_F(StatusJudgement, OfADrillThatIsLateWarnsAndOfOneThatFailedIsCritical) {
  status.drilled->at = before(hours(24 * 32));
  EXPECT_EQ(severity("drill"), Severity::warning);
  EXPECT_EQ(of("drill").since, before(hours(24)));
  status.drilled->good = false;
  EXPECT_EQ(severity("drill"), Severity::critical);
}

TEST_F(StatusJudgement, ExpectsTheFirstDrillOneIntervalAfterTheFirstBackup) {
  status.drilled.reset();
  EXPECT_EQ(severity("drill"), Severity::ok);
  status.backups.insert(status.backups.begin(), backup("old", hours(24 * 32)));
  EXPECT_EQ(severity("drill"), Severity::warning);
}

TEST_F(StatusJudgement, OfAVerifyThatFoundDamageIsCritical) {
  EXPECT_EQ(severity("verify"), Severity::ok);
  EXPECT_THAT(of("verify").sentence, HasSubstr("no verify is on record"));
  status.verified = ProofFact{.at = before(hours(3)), .good = true, .subject = "x"};
  EXPECT_EQ(severity("verify"), Severity::ok);
  status.verified->good = false;
  EXPECT_EQ(severity("verify"), Severity::critical);
}

TEST_F(StatusJudgement, OfAStoreThatFillsUpWarns) {
  status.space = SpaceFact{"/mnt", std::uint64_t{20} << 30U, std::uint64_t{100} << 30U};
  EXPECT_EQ(severity("space"), Severity::ok);
  status.space->available = std::uint64_t{9} << 30U;
  EXPECT_EQ(severity("space"), Severity::warning);
  status.space->available = std::uint64_t{200} << 20U;
  EXPECT_EQ(severity("space"), Severity::critical);
}

TEST_F(StatusJudgement, OfTimesToComeWarns) {
  status.wal->stored = before(-minutes(4));
  EXPECT_EQ(severity("clock"), Severity::ok);
  status.wal->stored = before(-minutes(6));
  EXPECT_EQ(severity("clock"), Severity::warning);
}

TEST_F(StatusJudgement, SaysOfEachProblemWhatItEndangersAndWhatToRun) {
  status.backups = {backup("a", hours(60))};
  status.wal->stored = before(hours(3));
  status.holes = {{"C", "C", 1, before(hours(1)), {}}};
  status.drilled->good = false;
  status.verified = ProofFact{.at = before(hours(3)), .good = false};
  status.space = SpaceFact{"/mnt", 1, 100};
  int problems = 0;
  for (const Judgement& one : judge(status, policy, " --config x.toml")) {
    if (one.severity < Severity::warning) continue;
    ++problems;
    EXPECT_FALSE(one.endangers.empty()) << one.name;
    EXPECT_FALSE(one.remedy.empty()) << one.name;
    if (one.remedy.starts_with("basebackup")) {
      EXPECT_THAT(one.remedy, HasSubstr(" --config x.toml"));
    }
  }
  EXPECT_EQ(problems, 6);
}

TEST(SegmentsBehind, CountsWholeSegmentsTheServerHasFinished) {
  constexpr std::uint32_t kSize = 16U << 20U;
  const auto behind = [](std::uint64_t lsn) {
    return segments_behind(lsn, kSize, "000000010000000000000009");
  };
  EXPECT_EQ(behind(std::uint64_t{10} * kSize), 0U);       // at the very end of 9
  EXPECT_EQ(behind(std::uint64_t{10} * kSize + 40), 0U);  // in 10
  EXPECT_EQ(behind(std::uint64_t{12} * kSize + 40), 2U);  // 10 and 11 are finished
  EXPECT_EQ(behind(std::uint64_t{5} * kSize), 0U);
  EXPECT_FALSE(segments_behind(0, 0, "000000010000000000000009"));
  EXPECT_FALSE(segments_behind(0, kSize, "nonsense"));
}

TEST_F(StatusJudgement, IsToldWithTheWorstInTheFirstLine) {
  status.wal->stored = before(minutes(43));
  status.backups = {backup("a", hours(27))};
  const std::string text = status_text({{status, judge(status, policy), policy.objectives}}, false);
  EXPECT_TRUE(text.starts_with("CRITICAL orders: newest WAL 43 min ago")) << text;
  const std::string first = text.substr(0, text.find('\n'));
  EXPECT_THAT(first, HasSubstr(" | backup_age=97200s;93600 wal_age=2580s;;900"));
  EXPECT_THAT(text, HasSubstr("WARNING   backup"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST_F(StatusJudgement, OfSeveralClustersNamesThoseWithATrouble) {
  JudgedCluster good{status, judge(status, policy), policy.objectives};
  status.cluster = "shop";
  status.backups.clear();
  JudgedCluster bad{status, judge(status, policy), policy.objectives};
  const std::string text = status_text({good, bad}, false);
  EXPECT_TRUE(text.starts_with("CRITICAL 1 of 2 clusters: shop CRITICAL: the archive was set up"))
      << text;
  EXPECT_TRUE(status_text({good, good}, false).starts_with("OK 2 clusters, all is well\n"));
}

}  // namespace
}  // namespace walden
