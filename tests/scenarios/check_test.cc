// `basebackup check`: what must be put right before the first night, asked of a real server and a
// directory store.
#include <gtest/gtest.h>

#include <fstream>
#include <optional>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/checked.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Check : public ::testing::Test {
 protected:
  void SetUp() override { WALDEN_SKIP_WITHOUT_POSTGRES(); }

  void set_up(bool sealed = false) {
    cluster = std::make_unique<ArchivedCluster>(
        ClusterSetup{.server = {.data_checksums = true, .settings = {{"archive_timeout", "60s"}}},
                     .sealed = sealed});
    cluster->primary().archive_current_segment();
  }

  [[nodiscard]] Outcome run_check(const std::string& conninfo, const Arguments& more = {}) const {
    Arguments arguments = {"check", "--connection", conninfo};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(cluster->basebackup_on_primary(arguments));
  }
  [[nodiscard]] Checked check(const std::string& conninfo) const {
    return Checked(run_check(conninfo, {"--json"}));
  }
  [[nodiscard]] Checked check() const { return check(cluster->primary().conninfo()); }

  std::unique_ptr<ArchivedCluster> cluster;
};

TEST_F(Check, OfAGoodClusterFindsNoFailure) {
  set_up(/*sealed=*/true);
  const auto before = listing(cluster->store_directory());
  const auto checked = check();
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_EQ(checked.failures, 0);
  for (const char* name :
       {"store", "marker", "create", "recipients", "key", "signing", "server", "wal_level",
        "archive_mode", "archive_command", "archiver", "archive_timeout", "wal_senders",
        "data_checksums", "full_page_writes", "replication"}) {
    EXPECT_EQ(checked.verdict(name), "ok") << name << ": " << checked.text(name);
  }
  EXPECT_NE(checked.verdict("pg_wal"), "not_asked") << checked.text("pg_wal");
  EXPECT_THAT(checked.text("key"), HasSubstr("cannot read what it writes"));
  EXPECT_THAT(checked.text("marker"), HasSubstr(cluster->primary().system_identifier()));
  // Nothing is left in the store. The cluster's folder was changed meanwhile, and nothing else.
  const auto after = listing(cluster->store_directory());
  EXPECT_EQ(after.size(), before.size());
}

TEST_F(Check, PrintsALineForEachFactAndWhatTheyComeTo) {
  set_up();
  const auto outcome = run_check(cluster->primary().conninfo());
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, HasSubstr("ok    archive_mode      on\n"));
  EXPECT_THAT(outcome.out, HasSubstr("warn  recipients        none"));
  EXPECT_THAT(outcome.out, HasSubstr("\n0 failures, "));
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);
}

TEST_F(Check, NamesTheDatabaseThatARoleDoesNotHave) {
  set_up();
  cluster->primary().sql("create role backup login replication");
  const auto socket = cluster->primary().folder() / "socket";
  const auto checked = check("host=" + socket.string() + " user=backup");
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_EQ(checked.verdict("replication"), "ok") << checked.text("replication");
  EXPECT_EQ(checked.verdict("pg_wal"), "not_asked");
  EXPECT_THAT(checked.remedy("pg_wal"), HasSubstr("pg_read_all_settings"));
}

TEST_F(Check, FailsWhereArchivingIsOff) {
  set_up();
  cluster->primary().set("archive_mode", "off");
  cluster->primary().restart();
  const auto checked = check();
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_EQ(checked.with_verdict("fail"), std::vector<std::string>{"archive_mode"});
  EXPECT_EQ(checked.verdict("archive_command"), "not_asked");
  EXPECT_THAT(checked.remedy("archive_mode"), HasSubstr("archive_mode = on"));
}

TEST_F(Check, FailsWhereTheArchiverFails) {
  set_up();
  auto& primary = cluster->primary();
  fs::rename(cluster->store_directory(), cluster->folder() / "away");
  commit(primary, "lost");
  (void)primary.switch_wal();
  ASSERT_TRUE(eventually(
      [&] { return primary.value("select failed_count > 0 from pg_stat_archiver") == "t"; }));
  const auto checked = check();
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_EQ(checked.verdict("archiver"), "fail") << checked.text("archiver");
}

TEST_F(Check, FailsForARoleThatMayNotReplicate) {
  set_up();
  cluster->primary().sql("create role \"night backup\" login");
  const auto checked = check(cluster->primary().conninfo() + " user='night backup'");
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_EQ(checked.with_verdict("fail"), std::vector<std::string>{"replication"});
  EXPECT_THAT(checked.remedy("replication"), HasSubstr("ALTER ROLE \"night backup\" REPLICATION;"));
}

TEST_F(Check, FailsWherePgHbaLetsNoReplicationIn) {
  set_up();
  { std::ofstream(cluster->primary().pgdata() / "pg_hba.conf") << "local all all trust\n"; }
  cluster->primary().restart();
  const auto checked = check();
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_EQ(checked.with_verdict("fail"), std::vector<std::string>{"replication"});
  EXPECT_THAT(checked.remedy("replication"), HasSubstr("pg_hba.conf"));
}

TEST_F(Check, AsksOverAReplicationConnectionWherePgHbaAllowsNothingElse) {
  set_up();
  { std::ofstream(cluster->primary().pgdata() / "pg_hba.conf") << "local replication all trust\n"; }
  cluster->primary().reload();
  std::optional<Checked> checked;
  ASSERT_TRUE(eventually([&] {
    checked.emplace(check());
    return checked->verdict("server") == "fail";
  }));
  EXPECT_EQ(checked->verdict("replication"), "ok") << checked->text("replication");
  EXPECT_EQ(checked->verdict("wal_level"), "not_asked");
  EXPECT_THAT(checked->text("marker"), HasSubstr("as the server's"));
}

TEST_F(Check, FailsWithoutAMarker) {
  set_up();
  fs::remove(cluster->store_directory() / "orders" / "cluster.json");
  const auto checked = check();
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_EQ(checked.with_verdict("fail"), std::vector<std::string>{"marker"});
  EXPECT_EQ(checked.verdict("store"), "ok");
  EXPECT_THAT(checked.remedy("marker"), HasSubstr("do not run basebackup init"));
}

TEST_F(Check, FailsInTheArchiveOfAnotherSystem) {
  set_up();
  PostgresServer other({.own_identity = true});
  other.set("archive_mode", "on");
  other.set("archive_command", "wal-push %p %f");
  other.start();
  const auto checked = check(other.conninfo());
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_EQ(checked.verdict("marker"), "fail") << checked.text("marker");
}

TEST_F(Check, AnswersForTheStoreWhenTheServerIsDown) {
  set_up();
  cluster->primary().stop();
  const auto checked = check();
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_EQ(checked.with_verdict("fail"), std::vector<std::string>{"server"});
  for (const char* name : {"store", "marker", "create"}) EXPECT_EQ(checked.verdict(name), "ok");
  for (const char* name : {"wal_level", "archiver", "replication", "pg_wal"}) {
    EXPECT_EQ(checked.verdict(name), "not_asked") << name;
  }
}

TEST_F(Check, AnswersForTheServerWhenTheStoreIsGone) {
  set_up();
  fs::rename(cluster->store_directory(), cluster->folder() / "away");
  const auto checked = check();
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_EQ(checked.with_verdict("fail"), std::vector<std::string>{"store"});
  EXPECT_EQ(checked.verdict("marker"), "not_asked");
  EXPECT_EQ(checked.verdict("replication"), "ok");
}

TEST_F(Check, FailsWhereTheStoreMayNotBeWritten) {
  set_up();
  fs::permissions(cluster->store_directory() / "orders", fs::perms{0500});
  const auto checked = check();
  fs::permissions(cluster->store_directory() / "orders", fs::perms{0700});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_EQ(checked.verdict("create"), "fail") << checked.text("create");
}

TEST_F(Check, OfAStandbySaysThatItArchivesOnlyOncePromoted) {
  set_up();
  cluster->take_backup();
  const auto standby = cluster->restored_copy({"--archive"});
  make_standby(*standby);
  standby->start();
  const auto checked = check(standby->conninfo());
  EXPECT_EQ(checked.exit_code, 0);
  EXPECT_THAT(checked.text("server"), HasSubstr("a standby"));
  EXPECT_THAT(checked.text("archive_mode"), HasSubstr("once it is promoted"));
  EXPECT_EQ(checked.verdict("archiver"), "not_asked");
}

}  // namespace
}  // namespace walden::testing
