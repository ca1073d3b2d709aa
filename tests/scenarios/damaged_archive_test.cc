// Recovery from an archive that is not whole: PostgreSQL must never open with rows missing.
#include <gtest/gtest.h>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

// Segments of 1 MB: a backup, "one", several segments, "two".
class DamagedArchive : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>(ClusterSetup{.server = {.segment_megabytes = 1}});
    auto& primary = cluster->primary();
    id = cluster->take_backup();
    commit(primary, "one");
    primary.sql(
        "create table filler as select repeat(md5(n::text), 20) as text"
        " from generate_series(1, 5000) as n");
    first = primary.value("select pg_walfile_name(pg_current_wal_lsn())");
    primary.sql("create table more_filler as select * from filler");
    middle = primary.value("select pg_walfile_name(pg_current_wal_lsn())");
    primary.sql("insert into filler select text from filler");
    two = commit(primary, "two");
    primary.archive_current_segment();
    cluster->lose_primary();
  }

  // Recovery is held before its first commit, so that what is done to the store meanwhile happens
  // in the middle of it.
  std::unique_ptr<PostgresServer> held_in_recovery() {
    auto server = cluster->restored_copy({"--fetch-deadline", "2s"});
    server->set("recovery_min_apply_delay", "1h");
    server->start();
    EXPECT_EQ(rows(*server), "");
    return server;
  }

  static void let_go(PostgresServer& server) {
    server.set("recovery_min_apply_delay", "0");
    server.reload();
  }

  void expect_everything_after_another_start(PostgresServer& server) {
    server.start();
    server.wait_until_open();
    EXPECT_EQ(rows(server), "one two");
    EXPECT_EQ(server.value("select count(*) from filler"), "10000");
  }

  std::unique_ptr<ArchivedCluster> cluster;
  std::string id;
  std::string first;   // two different segments after the backup's,
  std::string middle;  // neither of them the last
  Moment two;
};

TEST_F(DamagedArchive, StoreThatGoesAwayDuringRecoveryStopsTheServerUntilItIsBack) {
  WALDEN_SKIP_IN_A_BUCKET();
  const auto server = held_in_recovery();
  fs::rename(cluster->store_directory(), cluster->folder() / "away");
  let_go(*server);
  EXPECT_NE(server->wait_until_ended(), 0);
  EXPECT_THAT(server->log(), HasSubstr("FATAL"));
  EXPECT_THAT(server->log(), HasSubstr("Recovery stops here rather than open a database"));
  EXPECT_THAT(server->log(), Not(HasSubstr("archive recovery complete")));

  fs::rename(cluster->folder() / "away", cluster->store_directory());
  expect_everything_after_another_start(*server);
}

TEST_F(DamagedArchive, StoreThatIsUnmountedDuringRecoveryIsNotAnEmptyArchive) {
  WALDEN_SKIP_IN_A_BUCKET();
  const auto server = held_in_recovery();
  fs::rename(cluster->store_directory(), cluster->folder() / "away");
  (void)cluster->new_folder("store");
  let_go(*server);
  EXPECT_NE(server->wait_until_ended(), 0);
  EXPECT_THAT(server->log(), Not(HasSubstr("archive recovery complete")));

  fs::remove(cluster->store_directory());
  fs::rename(cluster->folder() / "away", cluster->store_directory());
  expect_everything_after_another_start(*server);
}

TEST_F(DamagedArchive, MissingSegmentIsNamedBeforeAnythingIsRestored) {
  cluster->store().remove(cluster->segment_object(middle));
  const auto before = listing(cluster->folder());
  const auto outcome =
      run(cluster->restore_command(cluster->folder() / "copy", {"--target-xid", two.xid}));
  EXPECT_THAT(outcome, RefusedBecause(middle));
  EXPECT_EQ(listing(cluster->folder()), before);
}

TEST_F(DamagedArchive, CorruptSegmentStopsTheServerWithTheReasonInItsLog) {
  cluster->store().flip_a_bit(cluster->segment_object(middle));
  const auto server = cluster->restored_copy({"--fetch-deadline", "2s"});
  EXPECT_NE(server->start_until_end(), 0);
  EXPECT_THAT(server->log(), HasSubstr("wal-fetch: "));
  EXPECT_THAT(server->log(), HasSubstr(middle));
  EXPECT_THAT(server->log(), HasSubstr("FATAL"));
  EXPECT_THAT(server->log(), Not(HasSubstr("archive recovery complete")));
}

TEST_F(DamagedArchive, SegmentUnderAnothersNameStopsTheServer) {
  cluster->store().copy(cluster->segment_object(first), cluster->segment_object(middle));
  const auto server = cluster->restored_copy({"--fetch-deadline", "2s"});
  EXPECT_NE(server->start_until_end(), 0);
  EXPECT_THAT(server->log(), HasSubstr("wal-fetch: "));
  EXPECT_THAT(server->log(), Not(HasSubstr("archive recovery complete")));
}

TEST_F(DamagedArchive, CorruptPackIsNotRestored) {
  cluster->store().flip_a_bit(cluster->backup_object(id, "pack-0001"));
  const fs::path pgdata = cluster->folder() / "copy";
  const auto outcome = run(cluster->restore_command(pgdata));
  EXPECT_THAT(outcome, RefusedBecause("pack-0001"));
  EXPECT_THAT(outcome.err, HasSubstr("--backup ID"));
  EXPECT_FALSE(fs::exists(pgdata / "global/pg_control"));
}

}  // namespace
}  // namespace walden::testing
