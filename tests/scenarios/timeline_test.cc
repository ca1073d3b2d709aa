// Recovery across promotions: the archive holds the branches, and each can be restored to.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Promotion : public ::testing::Test {
 protected:
  void SetUp() override { WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER(); }

  // A failover: what is in the archive is restored, and goes on archiving to the same place.
  static std::unique_ptr<PostgresServer> fail_over(ArchivedCluster& cluster,
                                                   const Arguments& target) {
    Arguments arguments = {"--archive", "--target-action", "promote"};
    arguments.insert(arguments.end(), target.begin(), target.end());
    auto server = cluster.restored(arguments);
    server->wait_until_open();
    return server;
  }

  static std::string opened_rows(ArchivedCluster& cluster, const Arguments& arguments) {
    const auto server = cluster.restored(arguments);
    server->wait_until_open();
    return rows(*server);
  }
};

TEST_F(Promotion, BothBranchesOfTheLogCanBeRestored) {
  ArchivedCluster cluster;
  cluster.take_backup();
  const Moment shared = commit(cluster.primary(), "shared");
  commit(cluster.primary(), "lost");
  cluster.primary().archive_current_segment();

  const auto second = fail_over(cluster, {"--target-xid", shared.xid});
  const Moment after = commit(*second, "second");
  commit(*second, "later");
  second->archive_current_segment();

  EXPECT_TRUE(cluster.store().exists(cluster.history_object("00000002")));
  EXPECT_EQ(opened_rows(cluster, {}), "shared second later");
  EXPECT_EQ(opened_rows(cluster, {"--target-timeline", "1"}), "shared lost");
  EXPECT_EQ(opened_rows(cluster, {"--target-xid", after.xid, "--target-action", "promote"}),
            "shared second");
  EXPECT_EQ(opened_rows(cluster, {"--target-lsn", shared.lsn, "--target-timeline", "1",
                                  "--target-action", "promote"}),
            "shared");
}

TEST_F(Promotion, LeavesATimelineBehindThatIsNotForgotten) {
  ArchivedCluster cluster;
  cluster.take_backup();
  const Moment shared = commit(cluster.primary(), "shared");
  const Moment lost = commit(cluster.primary(), "lost");
  commit(cluster.primary(), "too");
  cluster.primary().archive_current_segment();
  const auto second = fail_over(cluster, {"--target-xid", shared.xid});
  commit(*second, "second");
  second->archive_current_segment();

  EXPECT_THAT(must_succeed(cluster.basebackup({"list"})).out,
              HasSubstr("Timeline 1, left behind, goes on to"));
  const auto plan = must_succeed(cluster.restore_command(cluster.folder() / "planned",
                                                         {"--plan", "--target-time", lost.time}));
  EXPECT_THAT(plan.out, HasSubstr("timeline 1 has other changes"));
  EXPECT_EQ(opened_rows(cluster, {"--target-timeline", "1", "--target-time", lost.time,
                                  "--target-action", "promote"}),
            "shared lost");
}

TEST_F(Promotion, ABackupOfTheSecondTimelineIsRestoredAcrossAThird) {
  ArchivedCluster cluster;
  cluster.take_backup();
  commit(cluster.primary(), "first");
  cluster.primary().archive_current_segment();

  auto second = fail_over(cluster, {});
  cluster.lose_primary();
  commit(*second, "second");
  const auto push =
      run(cluster.basebackup_on_primary({"push", "--connection", second->conninfo()}));
  EXPECT_EQ(push.exit_code, 0) << push.err;
  commit(*second, "late");
  second->archive_current_segment();
  second.reset();

  const auto third = fail_over(cluster, {});
  commit(*third, "third");
  third->archive_current_segment();
  EXPECT_TRUE(cluster.store().exists(cluster.history_object("00000003")));
  EXPECT_EQ(opened_rows(cluster, {}), "first second late third");
  EXPECT_EQ(opened_rows(cluster, {"--target-timeline", "2"}), "first second late");
}

TEST_F(Promotion, OfAStandbyLeavesAPartialSegmentThatDisturbsNothing) {
  ArchivedCluster cluster;
  cluster.take_backup();
  commit(cluster.primary(), "first");
  cluster.primary().archive_current_segment();

  const auto standby = cluster.restored_copy({"--archive"});
  make_standby(*standby);
  standby->set("primary_conninfo", cluster.primary().conninfo());
  standby->start();
  commit(cluster.primary(), "streamed");
  ASSERT_TRUE(eventually([&] { return rows(*standby) == "first streamed"; }));
  cluster.primary().stop("immediate");

  standby->promote();
  const auto partial = standby->value("select pg_walfile_name(pg_current_wal_lsn())").substr(8);
  commit(*standby, "promoted");
  standby->archive_current_segment();
  standby->wait_until_archived("00000001" + partial + ".partial");
  EXPECT_TRUE(cluster.store().exists(cluster.segment_object("00000001" + partial + ".partial")));
  EXPECT_EQ(opened_rows(cluster, {}), "first streamed promoted");
}

// A cluster that was promoted before it was archived: its history never came to the archiver.
class PromotedUnarchived : public Promotion {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
    cluster->take_backup();
    cluster->primary().archive_current_segment();
    second = cluster->restored();
    second->wait_until_open();
    cluster->lose_primary();
    second->stop();
    archive_from_now_on();
  }

  void archive_from_now_on() const {
    const fs::path path = second->pgdata() / "postgresql.auto.conf";
    std::string kept;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with("archive_mode")) kept += line + "\n";
    }
    std::ofstream(path) << kept;
  }

  std::string push() const {
    return must_succeed(
               cluster->basebackup_on_primary({"push", "--connection", second->conninfo()}))
        .err;
  }

  // A row, a backup's copy at that row: only this asks for the timeline by its number.
  void expect_restored_to_a_target() {
    const Moment kept = commit(*second, "kept");
    commit(*second, "lost");
    second->archive_current_segment();
    EXPECT_EQ(opened_rows(*cluster, {"--target-xid", kept.xid, "--target-action", "promote"}),
              "kept");
  }

  std::unique_ptr<ArchivedCluster> cluster;
  std::unique_ptr<PostgresServer> second;
};

TEST_F(PromotedUnarchived, BringsItsHistoryWithTheBackup) {
  second->start();
  EXPECT_FALSE(cluster->store().exists(cluster->history_object("00000002")));
  EXPECT_THAT(push(), HasSubstr("00000002.history was not in the archive"));
  EXPECT_TRUE(cluster->store().exists(cluster->history_object("00000002")));
  expect_restored_to_a_target();
}

TEST_F(PromotedUnarchived, IsRestoredWithoutTheHistoryThatTheServerLost) {
  fs::remove(second->pgdata() / "pg_wal/00000002.history");
  second->start();
  EXPECT_THAT(push(), HasSubstr("neither the archive nor the server has 00000002.history"));
  expect_restored_to_a_target();
}

}  // namespace
}  // namespace walden::testing
