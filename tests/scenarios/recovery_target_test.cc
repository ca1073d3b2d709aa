// Restores to each kind of target: what was committed before it is there, what came after is not.
#include <gtest/gtest.h>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

using ::testing::HasSubstr;

// A backup, and then three rows, each its own transaction.
class RecoveryTarget : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
    commit(cluster->primary(), "base");
    cluster->take_backup();
    one = commit(cluster->primary(), "one");
    two = commit(cluster->primary(), "two");
    three = commit(cluster->primary(), "three");
    cluster->primary().archive_current_segment();
  }

  // The rows that are seen where recovery pauses.
  std::string rows_at(const Arguments& target) {
    const auto server = cluster->restored(target);
    server->wait_until_paused();
    return rows(*server);
  }

  std::unique_ptr<ArchivedCluster> cluster;
  Moment one, two, three;
};

TEST_F(RecoveryTarget, WithoutOneEverythingArchivedIsBackAndTheServerOpens) {
  const auto server = cluster->restored();
  server->wait_until_open();
  EXPECT_EQ(rows(*server), "base one two three");
}

TEST_F(RecoveryTarget, TimeWithAnOffsetStopsBeforeTheNextCommit) {
  EXPECT_EQ(rows_at({"--target-time", two.time}), "base one two");
}

TEST_F(RecoveryTarget, TimeWithoutAnOffsetIsTakenInTheHostsZone) {
  const std::string vienna =
      cluster->primary().value("select to_char(timestamptz '" + two.time +
                               "' at time zone 'Europe/Vienna', 'YYYY-MM-DD HH24:MI:SS.US')");
  cluster->restoring_host()["TZ"] = "Europe/Vienna";
  EXPECT_EQ(rows_at({"--target-time", vienna}), "base one two");
}

TEST_F(RecoveryTarget, LsnStopsAtThatPosition) {
  EXPECT_EQ(rows_at({"--target-lsn", two.lsn}), "base one two");
}

TEST_F(RecoveryTarget, TransactionIsIncluded) {
  EXPECT_EQ(rows_at({"--target-xid", two.xid}), "base one two");
}

TEST_F(RecoveryTarget, TransactionIsLeftOutWithExclusive) {
  EXPECT_EQ(rows_at({"--target-xid", two.xid, "--target-exclusive"}), "base one");
}

TEST_F(RecoveryTarget, RestorePointStopsWhereItWasNamed) {
  EXPECT_EQ(rows_at({"--target-name", two.restore_point}), "base one two");
}

TEST_F(RecoveryTarget, ImmediateStopsAtTheBackupsEnd) {
  EXPECT_EQ(rows_at({"--target-immediate"}), "base");
}

TEST_F(RecoveryTarget, AfterThePauseTheServerIsOpenedByHand) {
  const auto server = cluster->restored({"--target-xid", two.xid});
  server->wait_until_paused();
  server->sql("select pg_wal_replay_resume()");
  server->wait_until_open();
  commit(*server, "four");
  EXPECT_EQ(rows(*server), "base one two four");
}

TEST_F(RecoveryTarget, ActionPromoteOpensTheServerAtTheTarget) {
  const auto server = cluster->restored({"--target-time", two.time, "--target-action", "promote"});
  server->wait_until_open();
  commit(*server, "four");
  EXPECT_EQ(rows(*server), "base one two four");
}

TEST_F(RecoveryTarget, ActionShutdownStopsTheServerAtTheTarget) {
  const auto server =
      cluster->restored_copy({"--target-xid", two.xid, "--target-action", "shutdown"});
  EXPECT_NE(server->start_until_end(), -1);
  EXPECT_THAT(server->log(), HasSubstr("recovery stopping after commit of transaction " + two.xid));
  EXPECT_THAT(server->log(), HasSubstr("shutdown at recovery target"));
}

TEST_F(RecoveryTarget, MissedOnceItCanBeRestoredAgainToAnotherOne) {
  EXPECT_EQ(rows_at({"--target-xid", one.xid}), "base one");
  EXPECT_EQ(rows_at({"--target-xid", three.xid}), "base one two three");
}

}  // namespace
}  // namespace walden::testing
