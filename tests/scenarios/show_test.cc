// `basebackup show`: all that is known of a backup, and what its server held.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class Show : public ::testing::Test {
 protected:
  void SetUp() override { WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER(); }
  void set_up(bool sealed = false) {
    cluster = std::make_unique<ArchivedCluster>(ClusterSetup{.sealed = sealed});
  }

  [[nodiscard]] json shown(const std::string& id) const {
    Arguments arguments = {"show", "--json"};
    if (!id.empty()) arguments.push_back(id);
    return json::parse(must_succeed(cluster->basebackup(arguments)).out);
  }
  static json database(const json& shown, const std::string& name) {
    for (const auto& found : shown.at("server").at("databases")) {
      if (found.at("name") == name) return found;
    }
    throw std::runtime_error("no database " + name + " in " + shown.dump());
  }

  std::unique_ptr<ArchivedCluster> cluster;
};

TEST_F(Show, TellsWhatTheServerHeld) {
  set_up(/*sealed=*/true);
  cluster->primary().sql("create database shop template template0 encoding 'UTF8' locale 'C'");
  const auto first = cluster->take_backup({"--label", "before migration 42"});
  commit(cluster->primary(), "a row");
  const auto second = cluster->take_backup();
  cluster->primary().sql("alter table moments add price int");
  const auto third = cluster->take_backup();

  const json one = shown(first);
  EXPECT_EQ(one.at("label"), "before migration 42");
  EXPECT_EQ(one.at("wal").at("segments"), one.at("wal").at("in_archive"));
  const json& settings = one.at("server").at("settings");
  EXPECT_EQ(settings.at("max_connections"), cluster->primary().value("show max_connections"));
  EXPECT_EQ(settings.at("wal_segment_size"), "16MB");
  EXPECT_EQ(database(one, "shop").at("collation"), "C");
  EXPECT_GT(database(one, "shop").at("size"), 1'000'000);
  EXPECT_EQ(database(one, "postgres").at("extensions").at(0).at("name"), "plpgsql");
  EXPECT_EQ(one.at("server").at("not_recorded"), "");

  const auto schema = [](const json& of) { return database(of, "postgres").at("schema_sha256"); };
  EXPECT_EQ(schema(shown(second)), schema(one));
  EXPECT_NE(schema(shown(third)), schema(one));

  const auto text = must_succeed(cluster->basebackup({"show", first})).out;
  for (const char* said : {"label \"before migration 42\"", "max_connections", "shop",
                           "plpgsql 1.0", ": in the archive", "basebackup restore --backup"}) {
    EXPECT_THAT(text, HasSubstr(said));
  }
  EXPECT_THAT(text, HasSubstr(std::string(schema(one)).substr(0, 16)));
}

TEST_F(Show, OfABackupThatCannotBeReadHereNamesTheKey) {
  set_up(/*sealed=*/true);
  const auto id = cluster->take_backup();
  const auto outcome = run(cluster->basebackup_on_primary({"show", id}));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("sealed"));
}

TEST_F(Show, SaysWhichSegmentsAreMissing) {
  set_up();
  const auto id = cluster->take_backup();
  const std::string needed = shown(id).at("wal").at("first_segment");
  cluster->store().remove(cluster->segment_object(needed));
  EXPECT_THAT(must_succeed(cluster->basebackup({"show", id})).out,
              HasSubstr("MISSING from the archive"));
}

TEST_F(Show, OfABackupWithoutItsServersDescriptionShowsTheRest) {
  set_up();
  const auto id = cluster->take_backup();
  cluster->store().remove(cluster->backup_object(id, "server"));
  EXPECT_THAT(must_succeed(cluster->basebackup({"show"})).out,
              HasSubstr("nothing was recorded with this backup"));
  EXPECT_TRUE(cluster->restored()->accepts_connections());
}

TEST_F(Show, OfADamagedDescriptionSaysSo) {
  set_up();
  const auto id = cluster->take_backup();
  cluster->store().flip_a_bit(cluster->backup_object(id, "server"));
  const auto outcome = run(cluster->basebackup({"show", id}));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("backup/" + id + "/server"));
}

// A backup is worth more than its description.
TEST_F(Show, OfABackupByARoleThatMayOnlyReplicate) {
  set_up();
  PostgresServer& primary = cluster->primary();
  primary.sql("create role only_backup login replication");
  std::ofstream(primary.pgdata() / "pg_hba.conf")
      << "local all postgres trust\nlocal replication only_backup trust\n";
  primary.reload();
  const auto outcome = must_succeed(cluster->basebackup_on_primary(
      {"push", "--connection", "user=only_backup host=" + (primary.folder() / "socket").string()}));
  EXPECT_THAT(outcome.err, HasSubstr("settings and schemas are not recorded with the backup: "));
  EXPECT_THAT(must_succeed(cluster->basebackup({"show"})).out,
              HasSubstr("Not recorded of the server: "));
}

TEST_F(Show, NamesADatabaseThatTheRoleMayNotOpen) {
  set_up();
  PostgresServer& primary = cluster->primary();
  primary.sql("create database secret");
  primary.sql("revoke connect on database secret from public");
  primary.sql("create role clerk login replication");
  const auto outcome = must_succeed(cluster->basebackup_on_primary(
      {"push", "--connection", "user=clerk host=" + (primary.folder() / "socket").string()}));
  EXPECT_THAT(outcome.err, HasSubstr("some schemas are not recorded with the backup: "));
  const json all = shown("");
  EXPECT_THAT(database(all, "secret").at("not_recorded"), HasSubstr("secret"));
  EXPECT_EQ(database(all, "postgres").at("not_recorded"), "");
  EXPECT_FALSE(all.at("server").at("settings").contains("shared_preload_libraries"))
      << "hidden from this role";
}

}  // namespace
}  // namespace walden::testing
