// A restore over what is there: one that was cut off, and a stopped server's old copy.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class OverOldCopy : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
    id = cluster->take_backup();
    one = commit(cluster->primary(), "one");
    commit(cluster->primary(), "two");
    cluster->primary().archive_current_segment();
    copy = cluster->folder() / "copy";
  }

  // Dies at the first file that is larger: in the middle, as if it were killed.
  [[nodiscard]] Outcome cut_off() {
    Command command = cluster->restore_command(copy);
    const Arguments limited = {"bash", "-c", "ulimit -c 0; ulimit -f 300; exec \"$@\"", "limited"};
    command.argv.insert(command.argv.begin(), limited.begin(), limited.end());
    return run(command);
  }
  void expect_verified(const fs::path& pgdata) {
    const auto verified = run(as_server_user(
        {.argv = {postgres_program("pg_verifybackup"), "--no-parse-wal", pgdata.string()}}));
    EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  }

  std::unique_ptr<ArchivedCluster> cluster;
  std::string id;
  Moment one;
  fs::path copy;
};

TEST_F(OverOldCopy, ThatWasCutOffIsGoneOnWithAndNotFetchedAgain) {
  EXPECT_NE(cut_off().exit_code, 0);
  ASSERT_TRUE(fs::exists(copy / ".walden-restore"));
  EXPECT_FALSE(fs::exists(copy / "global/pg_control"));
  const auto left = listing(copy);

  const auto refused = run(cluster->restore_command(copy));
  EXPECT_THAT(refused, RefusedBecause("is not empty"));
  EXPECT_THAT(refused.err, HasSubstr("--resume"));
  const auto plan = must_succeed(cluster->restore_command(copy, {"--resume", "--plan"}));
  EXPECT_THAT(plan.out, HasSubstr("a restore that was cut off goes on"));
  EXPECT_EQ(listing(copy), left);

  // There is a newer backup by now: it goes on with its own.
  cluster->take_backup();
  const auto resumed = must_succeed(cluster->restore_command(copy, {"--resume"}));
  EXPECT_THAT(resumed.err, HasSubstr(id));
  EXPECT_THAT(resumed.out, HasSubstr("were there already"));
  expect_verified(copy);
  PostgresServer server(copy);
  server.start();
  server.wait_until_open();
  EXPECT_EQ(rows(server), "one two");
  server.stop();
  EXPECT_THAT(run(cluster->restore_command(copy, {"--resume"})),
              RefusedBecause("no restore was cut off there"));
}

TEST_F(OverOldCopy, OfAStoppedServerGoesBackInItsOwnDirectory) {
  const fs::path space = cluster->new_folder("space");
  auto& primary = cluster->primary();
  primary.sql("create tablespace space location '" + space.string() + "'");
  primary.sql("create table far tablespace space as select generate_series(1, 1000) as n");
  cluster->take_backup();
  const Moment three = commit(primary, "three");
  commit(primary, "lost");
  primary.sql("delete from far");
  primary.sql("create table since as select generate_series(1, 1000) as n");
  primary.archive_current_segment();
  const fs::path pgdata = primary.pgdata();
  const Arguments delta = {"--delta",
                           "--target-xid",
                           three.xid,
                           "--target-action",
                           "promote",
                           "--tablespace",
                           space.string() + "=" + space.string()};
  EXPECT_THAT(run(cluster->restore_command(pgdata, delta)),
              RefusedBecause("belongs to a running server"));
  primary.stop();
  EXPECT_THAT(run(cluster->restore_command(pgdata)), RefusedBecause("is not empty"));

  const auto before = listing(pgdata);
  Arguments planned = delta;
  planned.push_back("--plan");
  const auto plan = must_succeed(cluster->restore_command(pgdata, planned));
  EXPECT_THAT(plan.out, HasSubstr("over what is there, which is lost"));
  EXPECT_THAT(plan.out, HasSubstr("that the backup does not have"));
  EXPECT_EQ(listing(pgdata), before);

  const auto restored = must_succeed(cluster->restore_command(pgdata, delta));
  EXPECT_THAT(restored.out, HasSubstr("were there already"));
  expect_verified(pgdata);
  PostgresServer server(pgdata);
  server.start();
  server.wait_until_open();
  EXPECT_EQ(rows(server), "one two three");
  EXPECT_EQ(server.value("select count(*) from far"), "1000");
  EXPECT_EQ(server.value("select to_regclass('since') is null"), "t");
}

TEST_F(OverOldCopy, WhoseServerRunsInAnotherContainerIsRefused) {
  auto& primary = cluster->primary();
  const fs::path pid_file = primary.pgdata() / "postmaster.pid";
  primary.stop();
  std::ofstream(pid_file) << "99999999\n" << primary.pgdata().string() << "\n";
  give_to_server_user(pid_file);
  const auto before = listing(primary.pgdata());
  const auto refused = run(cluster->restore_command(primary.pgdata(), {"--delta"}));
  EXPECT_THAT(refused, RefusedBecause("there is a postmaster.pid in"));
  EXPECT_THAT(refused.err, HasSubstr("rm " + pid_file.string()));
  EXPECT_EQ(listing(primary.pgdata()), before);
  fs::remove(pid_file);
  must_succeed(cluster->restore_command(primary.pgdata(), {"--delta"}));
}

TEST_F(OverOldCopy, OfAnotherClusterIsRefused) {
  const PostgresServer other({.own_identity = true});
  const auto before = listing(other.pgdata());
  EXPECT_THAT(run(cluster->restore_command(other.pgdata(), {"--delta"})),
              RefusedBecause("of another cluster"));
  EXPECT_EQ(listing(other.pgdata()), before);
}

TEST_F(OverOldCopy, ThatIsNoDataDirectoryIsRefused) {
  const fs::path folder = cluster->new_folder("papers");
  fs::create_directory(folder / "important");
  for (const char* option : {"--delta", "--resume"}) {
    EXPECT_EQ(run(cluster->restore_command(folder, {option})).exit_code, 1);
    EXPECT_TRUE(fs::exists(folder / "important"));
  }
  EXPECT_EQ(run(cluster->restore_command(folder, {"--delta", "--resume"})).exit_code, 2);
}

}  // namespace
}  // namespace walden::testing
