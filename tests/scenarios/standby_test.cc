// A standby fed from the archive: PostgreSQL retries there by itself, so an outage must neither
// kill it nor keep it from being promoted.
#include <gtest/gtest.h>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Standby : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
    cluster->take_backup();
    commit(cluster->primary(), "one");
    cluster->primary().archive_current_segment();
    standby = cluster->restored_copy({"--archive", "--standby-deadline", "1s"});
    make_standby(*standby);
    standby->set("wal_retrieve_retry_interval", "200ms");
    standby->start();
    ASSERT_TRUE(eventually([&] { return rows(*standby) == "one"; }));
  }

  void take_store_away() {
    fs::rename(cluster->store_directory(), cluster->folder() / "away");
    ASSERT_TRUE(
        eventually([&] { return standby->log().find("wal-fetch: ") != std::string::npos; }));
  }

  std::unique_ptr<ArchivedCluster> cluster;
  std::unique_ptr<PostgresServer> standby;
};

TEST_F(Standby, FollowsTheArchive) {
  commit(cluster->primary(), "two");
  cluster->primary().archive_current_segment();
  EXPECT_TRUE(eventually([&] { return rows(*standby) == "one two"; }));
}

TEST_F(Standby, SurvivesAnOutageOfTheStoreAndCatchesUp) {
  WALDEN_SKIP_IN_A_BUCKET();
  take_store_away();
  commit(cluster->primary(), "two");
  const auto segment = cluster->primary().switch_wal();
  fs::rename(cluster->folder() / "away", cluster->store_directory());
  cluster->primary().wait_until_archived(segment);
  EXPECT_TRUE(eventually([&] { return rows(*standby) == "one two"; }));
  EXPECT_TRUE(standby->running());
}

TEST_F(Standby, CanBePromotedDuringAnOutage) {
  WALDEN_SKIP_IN_A_BUCKET();
  take_store_away();
  standby->promote();
  commit(*standby, "promoted");
  EXPECT_EQ(rows(*standby), "one promoted");
}

TEST_F(Standby, CanBeBackedUpItself) {
  const auto before = rows(*standby);
  auto& primary = cluster->primary();
  primary.sql("checkpoint");
  primary.archive_current_segment();
  RunningProcess push(
      cluster->basebackup_on_primary({"push", "--connection", standby->conninfo()}));
  // Its last segment comes into the archive only when the primary ends it.
  ASSERT_TRUE(eventually([&] {
    primary.sql("select pg_logical_emit_message(false, 'walden', 'more')");
    primary.archive_current_segment();
    return !cluster->store().objects(cluster->backup_object("", "")).empty();
  }));
  primary.archive_current_segment();
  const auto outcome = push.wait();
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto copy = cluster->restored();
  copy->wait_until_open();
  EXPECT_EQ(rows(*copy), before);
}

}  // namespace
}  // namespace walden::testing
