// What a backup does on each version of PostgreSQL: ctest runs it once for each
// (WALDEN_TEST_POSTGRES). A primary and a standby, two backups of each, tablespaces of both kinds,
// a restore to a time.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kSummaries = 170000;

class ServerVersion : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    version = postgres_version();
    ServerOptions options{
        .data_checksums = true,
        .settings = {{"wal_keep_size", "64MB"}, {"allow_in_place_tablespaces", "on"}}};
    if (version >= kSummaries) options.settings["summarize_wal"] = "on";
    cluster = std::make_unique<ArchivedCluster>(ClusterSetup{.server = options});
    fast_disk = cluster->new_folder("fast disk");
    standby_disk = cluster->folder() / "standby's disk";
    auto& primary = cluster->primary();
    primary.sql("create tablespace fast location '" + fast_disk.string() + "'");
    make_table("here", "pg_default");
    make_table("far", "fast");
    primary.sql("create tablespace in_place location ''");
    make_table("near", "in_place");
  }

  // 1.6 MB: more than what a backup keeps whole.
  void make_table(const std::string& name, const std::string& tablespace) {
    cluster->primary().sql("create table " + name + " tablespace " + tablespace +
                           " as select n, repeat(md5(n::text), 20) as text"
                           " from generate_series(1, 2000) as n");
    tables.push_back(name);
  }
  void change_a_row_of_each_table(const std::string& text) {
    for (const auto& name : tables) {
      cluster->primary().sql("update " + name + " set text = '" + text + "' where n = 1000");
    }
  }
  // Each table's rows, and what the row in its middle says.
  std::vector<std::string> contents(PostgresServer& server) {
    std::vector<std::string> all;
    for (const auto& name : tables) {
      all.push_back(server.value("select '" + name + " ' || count(*) || ' ' || " +
                                 "md5(string_agg(text, '' order by n)) || ' ' || " +
                                 "max(text) filter (where n = 1000) from " + name));
    }
    return all;
  }

  // A moment between two rows, after a backup.
  struct Point {
    Moment moment;
    std::vector<std::string> contents;
  };
  Point row_and_change(const std::string& row) {
    change_a_row_of_each_table(row);
    return {commit(cluster->primary(), row), contents(cluster->primary())};
  }

  std::string backup_of(const PostgresServer& server, const Arguments& more = {}) {
    Arguments arguments = {"push", "--connection", server.conninfo()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto outcome = must_succeed(cluster->basebackup_on_primary(arguments));
    return outcome.out.substr(outcome.out.find(' ') + 1,
                              outcome.out.find(" is complete") - outcome.out.find(' ') - 1);
  }

  // `disk`: where the backed up server had its tablespace.
  void expect_restored(const std::string& backup, const fs::path& disk, const Point& point,
                       const std::string& rows_) {
    SCOPED_TRACE(backup);
    must_succeed(cluster->basebackup({"verify", "--backup", backup}));
    const fs::path other_disk = cluster->folder() / ("other disk " + std::to_string(++copies));
    const auto copy = cluster->restored({"--backup", backup, "--target-time", point.moment.time,
                                         "--target-action", "promote", "--tablespace",
                                         disk.string() + "=" + other_disk.string()});
    copy->wait_until_open();
    EXPECT_EQ(rows(*copy), rows_);
    EXPECT_EQ(contents(*copy), point.contents);
    EXPECT_EQ(copy->value("select pg_tablespace_location(oid) from pg_tablespace"
                          " where spcname = 'fast'"),
              other_disk.string());
    copy->sql("vacuum");  // reads every page, with its checksum
    for (const auto& name : tables) copy->sql("insert into " + name + " values (0, 'on')");
  }

  nlohmann::json listed(const std::string& backup) {
    const auto said = must_succeed(cluster->basebackup({"list", "--json"})).out;
    const auto list = nlohmann::json::parse(said);
    for (const auto& each : list.at("backups")) {
      if (each.at("id") == backup) return each;
    }
    throw std::runtime_error(backup + " is not listed: " + said);
  }

  // Follows the primary by streaming, and reads the archive.
  std::unique_ptr<PostgresServer> standby_of_primary() {
    auto standby = cluster->restored_copy(
        {"--archive", "--tablespace", fast_disk.string() + "=" + standby_disk.string()});
    make_standby(*standby);
    standby->set("primary_conninfo", cluster->primary().conninfo());
    standby->start();
    return standby;
  }

  int version = 0;  // 150018
  std::unique_ptr<ArchivedCluster> cluster;
  fs::path fast_disk;
  fs::path standby_disk;
  int copies = 0;
  std::vector<std::string> tables;
};

TEST_F(ServerVersion, RestoresBothBackupsOfAPrimaryToATime) {
  const std::string first = backup_of(cluster->primary());
  const Point early = row_and_change("one");
  row_and_change("two");
  const std::string second = backup_of(cluster->primary());
  const Point late = row_and_change("three");
  row_and_change("four");
  cluster->primary().archive_current_segment();

  EXPECT_EQ(listed(first).at("server_version").get<int>(), version);
  EXPECT_FALSE(listed(first).at("from_standby").get<bool>());
  expect_restored(first, fast_disk, early, "one");
  expect_restored(first, fast_disk, late, "one two three");
  expect_restored(second, fast_disk, late, "one two three");
}

TEST_F(ServerVersion, RestoresBothBackupsOfAStandbyToATime) {
  backup_of(cluster->primary());
  row_and_change("one");
  cluster->primary().archive_current_segment();
  const auto standby = standby_of_primary();
  ASSERT_TRUE(eventually([&] { return rows(*standby) == "one"; }));

  const Arguments primary = {"--primary", cluster->primary().conninfo()};
  const std::string first = backup_of(*standby, primary);
  const Point early = row_and_change("two");
  row_and_change("three");
  ASSERT_TRUE(eventually([&] { return rows(*standby) == "one two three"; }));
  const std::string second = backup_of(*standby, primary);
  const Point late = row_and_change("four");
  row_and_change("five");
  cluster->primary().archive_current_segment();

  EXPECT_TRUE(listed(first).at("from_standby").get<bool>());
  EXPECT_TRUE(listed(second).at("from_standby").get<bool>());
  expect_restored(first, standby_disk, early, "one two");
  expect_restored(second, standby_disk, late, "one two three four");
}

}  // namespace
}  // namespace walden::testing
