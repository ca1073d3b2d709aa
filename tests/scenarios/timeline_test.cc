// Recovery across promotions: the archive holds the branches, and each can be restored to.
#include <gtest/gtest.h>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

class Promotion : public ::testing::Test {
 protected:
  void SetUp() override { WALDEN_SKIP_WITHOUT_POSTGRES(); }

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

  EXPECT_TRUE(fs::exists(cluster.archive() / "wal/00000002.history"));
  EXPECT_EQ(opened_rows(cluster, {}), "shared second later");
  EXPECT_EQ(opened_rows(cluster, {"--target-timeline", "1"}), "shared lost");
  EXPECT_EQ(opened_rows(cluster, {"--target-xid", after.xid, "--target-action", "promote"}),
            "shared second");
  EXPECT_EQ(opened_rows(cluster, {"--target-lsn", shared.lsn, "--target-timeline", "1",
                                  "--target-action", "promote"}),
            "shared");
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
  EXPECT_TRUE(fs::exists(cluster.archive() / "wal/00000003.history"));
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
  EXPECT_TRUE(fs::exists(cluster.segment_object("00000001" + partial + ".partial")));
  EXPECT_EQ(opened_rows(cluster, {}), "first streamed promoted");
}

}  // namespace
}  // namespace walden::testing
