// A backup with its own WAL (push --with-wal) can be restored to its end when the archive around it
// has gone.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class BackupWithWal : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
    commit(cluster->primary(), "one");
    id = cluster->take_backup({"--with-wal"});
    commit(cluster->primary(), "two");
    cluster->primary().archive_current_segment();
    cluster->lose_primary();
    for (const auto& name : cluster->store().names()) {
      if (name.find("/wal/") != std::string::npos) cluster->store().remove(name);
    }
  }
  [[nodiscard]] Outcome ask(const Arguments& arguments) const {
    return run(cluster->basebackup(arguments));
  }

  std::unique_ptr<ArchivedCluster> cluster;
  std::string id;
};

TEST_F(BackupWithWal, IsRestoredToItsEndWithoutTheArchive) {
  const auto plan = must_succeed(
      cluster->restore_command(cluster->folder() / "copy", {"--target-immediate", "--plan"}));
  EXPECT_THAT(plan.out, HasSubstr("in the backup itself"));
  const auto server = cluster->restored({"--target-immediate", "--target-action", "promote"});
  server->wait_until_open();
  EXPECT_EQ(rows(*server), "one");
  commit(*server, "three");
  server->restart();
  EXPECT_EQ(rows(*server), "one three");
}

TEST_F(BackupWithWal, OpensWhenTheStoreWentAwayAfterTheRestore) {
  WALDEN_SKIP_IN_A_BUCKET();
  cluster->restoring_host()["WALDEN_FETCH_DEADLINE"] = "1s";
  cluster->restoring_host()["WALDEN_STANDBY_DEADLINE"] = "1s";
  const auto server = cluster->restored_copy({"--target-immediate", "--target-action", "promote"});
  fs::rename(cluster->store_directory(), cluster->folder() / "away");
  server->start();
  server->wait_until_open();
  EXPECT_EQ(rows(*server), "one");
  commit(*server, "three");
  EXPECT_EQ(rows(*server), "one three");
}

// The person has seen the backup's end, and wants what came after it.
TEST(BackupWithWalInItsArchive, GoesOnOnlyWhereTheArchiveAnswers) {
  WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
  WALDEN_SKIP_IN_A_BUCKET();
  ArchivedCluster cluster;
  commit(cluster.primary(), "one");
  cluster.take_backup({"--with-wal"});
  commit(cluster.primary(), "two");
  cluster.primary().archive_current_segment();
  cluster.lose_primary();
  cluster.restoring_host()["WALDEN_FETCH_DEADLINE"] = "1s";
  cluster.restoring_host()["WALDEN_STANDBY_DEADLINE"] = "1s";
  const auto server = cluster.restored({"--target-immediate"});
  server->wait_until_paused();
  EXPECT_EQ(rows(*server), "one");
  server->stop();
  std::string settings = read_text(server->pgdata() / "postgresql.auto.conf");
  const auto target = settings.find("\nrecovery_target = ");
  ASSERT_NE(target, std::string::npos);
  settings.erase(target, settings.find('\n', target + 1) - target);
  write_text(server->pgdata() / "postgresql.auto.conf", settings);

  // What recovery asks for behind the backup's last segment; the first time it has left it there.
  fs::remove(server->pgdata() / "pg_wal/000000010000000000000003");
  fs::rename(cluster.store_directory(), cluster.folder() / "away");
  server->begin();
  EXPECT_NE(server->wait_until_ended(), 0);
  EXPECT_THAT(server->log(), HasSubstr("Recovery stops here rather than open a database"));
  EXPECT_THAT(server->log(), Not(HasSubstr("archive recovery complete")));
  fs::rename(cluster.folder() / "away", cluster.store_directory());
  server->start();
  server->wait_until_open();
  EXPECT_EQ(rows(*server), "one two");
}

TEST_F(BackupWithWal, IsToldFromOneThatCannotBeRestored) {
  const auto listed = ask({"list"});
  EXPECT_EQ(listed.exit_code, 0) << listed.err;
  EXPECT_THAT(listed.out, HasSubstr("in the backup"));
  EXPECT_THAT(listed.out, Not(HasSubstr("INCOMPLETE")));
  EXPECT_THAT(listed.out, HasSubstr("--backup " + id + " --target-immediate"));
  const auto json = nlohmann::json::parse(ask({"list", "--json"}).out);
  EXPECT_TRUE(json.at("backups").at(0).at("wal").at("in_backup"));
  EXPECT_THAT(ask({"show", id}).out, HasSubstr("in the backup"));
  const auto verified = ask({"verify"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out;
  EXPECT_THAT(verified.out, HasSubstr("in the backup"));
}

TEST_F(BackupWithWal, IsNamedWhereAnotherMomentIsWanted) {
  const auto refused = run(cluster->restore_command(cluster->folder() / "copy"));
  EXPECT_THAT(refused, RefusedBecause("cannot be made consistent"));
  EXPECT_THAT(refused.err, HasSubstr("--backup " + id + " --target-immediate"));
}

// Its end needs nothing of the archive; what follows does, and is still missed.
TEST_F(BackupWithWal, ThatIsDamagedIsStillFound) {
  for (const auto& name : cluster->store().names()) {
    if (name.find(id + "/pack-") == std::string::npos) continue;
    cluster->store().flip_a_bit(name);
    break;
  }
  EXPECT_EQ(ask({"verify"}).exit_code, 1);
}

}  // namespace
}  // namespace walden::testing
