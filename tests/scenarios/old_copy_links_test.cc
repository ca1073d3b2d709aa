// An old copy with links: `cp -a` keeps them, so that they may lead into the cluster that runs.
#include <gtest/gtest.h>

#include <set>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::set<std::string> names_in(const fs::path& directory) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

class OldCopyWithLinks : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
    copy = cluster->folder() / "copy";
  }
  PostgresServer& primary() { return cluster->primary(); }

  void take_wal_elsewhere() {
    wal = cluster->folder() / "wal";
    primary().stop();
    fs::rename(primary().pgdata() / "pg_wal", wal);
    fs::create_symlink(wal, primary().pgdata() / "pg_wal");
    primary().start();
  }
  void make_tablespace() {
    space = cluster->new_folder("space");
    primary().sql("create tablespace space location '" + space.string() + "'");
    primary().sql("create table far tablespace space as select generate_series(1, 1000) as n");
  }
  void copy_stopped_server() {
    primary().stop();
    must_succeed({.argv = {"cp", "-a", primary().pgdata(), copy}});
    primary().start();
  }
  [[nodiscard]] Outcome delta(const fs::path& pgdata, const Arguments& more = {}) const {
    Arguments all = {"--delta", "--target-immediate", "--target-action", "promote"};
    all.insert(all.end(), more.begin(), more.end());
    return run(cluster->restore_command(pgdata, all));
  }

  std::unique_ptr<ArchivedCluster> cluster;
  fs::path copy;
  fs::path wal;
  fs::path space;
};

TEST_F(OldCopyWithLinks, ToTheRunningServersWalIsRefused) {
  take_wal_elsewhere();
  cluster->take_backup();
  copy_stopped_server();
  commit(primary(), "since");
  const auto before = names_in(wal);
  const auto refused = delta(copy);
  EXPECT_THAT(refused, RefusedBecause("leads to " + wal.string()));
  EXPECT_THAT(refused.err, HasSubstr("--waldir " + wal.string()));
  // Said in error: the running server is seen.
  EXPECT_THAT(delta(copy, {"--waldir", wal}), RefusedBecause("is in use by process"));
  EXPECT_EQ(names_in(wal), before);
  primary().restart();
  EXPECT_EQ(rows(primary()), "since");
}

TEST_F(OldCopyWithLinks, ToTheRunningServersTablespaceIsRefused) {
  make_tablespace();
  cluster->take_backup();
  copy_stopped_server();
  primary().sql("insert into far select generate_series(1001, 6000)");
  primary().sql("checkpoint");
  const auto refused = delta(copy);
  EXPECT_THAT(refused, RefusedBecause("leads to " + space.string()));
  const std::string word = space.string() + "=" + space.string();
  EXPECT_THAT(refused.err, HasSubstr("--tablespace " + word));
  EXPECT_THAT(delta(copy, {"--tablespace", word}), RefusedBecause("is in use by process"));
  primary().restart();
  EXPECT_EQ(primary().value("select count(*) from far"), "6000");

  // Elsewhere it may go while the server runs.
  const std::string apart = space.string() + "=" + (cluster->folder() / "apart").string();
  const auto restored = delta(copy, {"--tablespace", apart});
  ASSERT_EQ(restored.exit_code, 0) << restored.err;
  PostgresServer server(copy);
  server.start();
  server.wait_until_open();
  EXPECT_EQ(server.value("select count(*) from far"), "1000");
  EXPECT_EQ(primary().value("select count(*) from far"), "6000");
}

TEST_F(OldCopyWithLinks, OfAStoppedServerAreGoneOverWhenToldSo) {
  take_wal_elsewhere();
  make_tablespace();
  cluster->take_backup();
  const fs::path pgdata = primary().pgdata();
  primary().stop();
  const std::string same = space.string() + "=" + space.string();
  EXPECT_THAT(delta(pgdata, {"--tablespace", same}), RefusedBecause("pg_wal leads to"));
  EXPECT_THAT(delta(pgdata, {"--waldir", space, "--tablespace", same}),
              RefusedBecause("not to " + space.string()));
  const Arguments words = {"--waldir", wal, "--tablespace", same};
  Arguments planned = words;
  planned.emplace_back("--plan");
  const auto plan = delta(pgdata, planned);
  EXPECT_THAT(plan.out, HasSubstr("into       " + wal.string() + " (pg_wal, over what is there"));
  EXPECT_THAT(plan.out, HasSubstr("into       " + space.string() + " (tablespace"));

  const auto restored = delta(pgdata, words);
  ASSERT_EQ(restored.exit_code, 0) << restored.err;
  EXPECT_EQ(fs::read_symlink(pgdata / "pg_wal"), wal);
  EXPECT_FALSE(fs::exists(wal / ".walden-restore"));
  PostgresServer server(pgdata);
  server.start();
  server.wait_until_open();
  EXPECT_EQ(server.value("select count(*) from far"), "1000");
}

TEST_F(OldCopyWithLinks, ThatWereGoneOverAreKnownWhenTheRestoreGoesOn) {
  take_wal_elsewhere();
  make_tablespace();
  commit(primary(), "one");
  cluster->take_backup();
  const fs::path pgdata = primary().pgdata();
  primary().stop();
  fs::remove_all(pgdata / "base");
  Command command = cluster->restore_command(
      pgdata, {"--delta", "--waldir", wal, "--tablespace", space.string() + "=" + space.string()});
  const Arguments limited = {"bash", "-c", "ulimit -c 0; ulimit -f 300; exec \"$@\"", "limited"};
  command.argv.insert(command.argv.begin(), limited.begin(), limited.end());
  EXPECT_NE(run(command).exit_code, 0);
  ASSERT_TRUE(fs::exists(wal / ".walden-restore"));
  must_succeed(cluster->restore_command(pgdata, {"--resume"}));
  EXPECT_FALSE(fs::exists(wal / ".walden-restore"));
  PostgresServer server(pgdata);
  server.start();
  server.wait_until_open();
  EXPECT_EQ(rows(server), "one");
}

}  // namespace
}  // namespace walden::testing
