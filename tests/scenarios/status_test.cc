// `basebackup status`: each state of a real cluster, with its exit code.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/scenarios/observations.h"
#include "tests/scenarios/status_scenario.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

TEST_F(Status, OfAClusterWithoutABackupIsCritical) {
  set_up();
  expect_status(kCritical, "CRITICAL orders: the archive was set up, and there is no backup");
}

TEST_F(Status, OfAClusterInOrderIsGood) {
  set_up();
  add_policy("[objectives]\nrpo = \"1h\"\n");
  cluster->take_backup();
  commit(cluster->primary(), "one");
  cluster->primary().archive_current_segment();
  expect_status(kOk, "OK orders: newest backup");
  expect_status(kOk, "OK orders: newest backup", {"--connection", connection()});
}

TEST_F(Status, OfOldWalIsCriticalUnlessTheServerIsIdle) {
  set_up();
  add_policy("[objectives]\nrpo = \"1s\"\n");
  cluster->take_backup();
  const auto segment = cluster->primary().archive_current_segment();
  ASSERT_TRUE(eventually([&] { return severity("wal") == "critical"; }));
  expect_status(kCritical, "whether the server is idle was not asked");
  EXPECT_EQ(severity("wal", {"--connection", connection()}), "critical");  // no archive_timeout
  cluster->primary().set("archive_timeout", "1s");
  cluster->primary().reload();
  EXPECT_TRUE(eventually([&] {
    return severity("wal", {"--connection", connection()}) == "ok";
  })) << status({"--connection", connection()}).out;
}

TEST_F(Status, OfAGapIsCriticalUntilABackupFollows) {
  set_up();
  cluster->take_backup();
  commit(cluster->primary(), "one");
  const auto hole = cluster->primary().archive_current_segment();
  commit(cluster->primary(), "two");
  cluster->primary().archive_current_segment();
  cluster->store().remove(cluster->segment_object(hole));
  expect_status(kCritical, "1 segment is missing: " + hole);
  cluster->take_backup();
  expect_status(kWarning, "1 segment is missing: " + hole);
}

TEST_F(Status, OfAnArchiverThatFailsIsCriticalWhereTheServerIsAsked) {
  set_up();
  cluster->take_backup();
  EXPECT_EQ(severity("archiver", {"--connection", connection()}), "ok");
  cluster->primary().set("archive_command", "false");
  cluster->primary().reload();
  commit(cluster->primary(), "one");
  cluster->primary().switch_wal();
  EXPECT_TRUE(eventually([&] {
    return severity("archiver", {"--connection", connection()}) == "critical";
  }));
  EXPECT_EQ(severity("archiver"), "none");
}

TEST_F(Status, OfAStoreThatIsAwayIsCritical) {
  WALDEN_SKIP_IN_A_BUCKET();
  set_up();
  cluster->take_backup();
  fs::rename(cluster->store_directory(), cluster->folder() / "away");
  expect_status(kCritical, "CRITICAL orders: ");
  EXPECT_EQ(severity("store"), "critical");
  fs::rename(cluster->folder() / "away", cluster->store_directory());
}

TEST_F(Status, OfAServerThatDoesNotAnswerIsUnknown) {
  set_up();
  cluster->take_backup();
  expect_status(kUnknown, "UNKNOWN orders: ", {"--connection", "host=/nowhere"});
}

TEST_F(Status, OfAMisspeltPolicyIsUnknown) {
  set_up();
  add_policy("[objectives]\nrpoo = \"1h\"\n");
  expect_status(kUnknown, "UNKNOWN ");
  const Outcome misspelt = run(cluster->basebackup_on_primary({"status", "--jsson"}));
  EXPECT_EQ(misspelt.exit_code, kUnknown);
}

// The primary has no key that opens what it writes: outlines and names tell it.
TEST_F(Status, OfSealedBackupsIsToldWithoutAKey) {
  set_up(/*sealed=*/true);
  cluster->take_backup();
  commit(cluster->primary(), "one");
  const auto hole = cluster->primary().archive_current_segment();
  commit(cluster->primary(), "two");
  cluster->primary().archive_current_segment();
  expect_status(kOk, "OK orders: newest backup");
  EXPECT_EQ(severity("gaps"), "ok");
  cluster->store().remove(cluster->segment_object(hole));
  expect_status(kCritical, "1 segment is missing: " + hole);
}

TEST_F(Status, SaysWhatTheLastVerifyFound) {
  set_up();
  const auto id = cluster->take_backup();
  must_succeed(cluster->basebackup({"verify"}));
  EXPECT_THAT(status().out, HasSubstr(id + " verified "));
  EXPECT_EQ(severity("verify"), "ok");
  cluster->store().flip_a_bit(cluster->backup_object(id, "pack-0001"));
  EXPECT_TRUE(eventually([&] {  // two in one second are one
    EXPECT_EQ(run(cluster->basebackup({"verify"})).exit_code, 1);
    return severity("verify") == "critical";
  }));
}

TEST_F(Status, SaysWhatExpireWouldDo) {
  set_up();
  add_policy("minimum_backups = 1\nkeep = { daily = 1 }\n");
  cluster->take_backup();
  cluster->take_backup();
  const auto said = json::parse(status({"--json"}).out);
  EXPECT_EQ(said.at("clusters").at(0).at("expire").at("backups"), 1);
  EXPECT_THAT(status().out, HasSubstr("basebackup expire would delete 1 backup"));
}

TEST_F(Status, OfAllClustersNamesEachThatIsSetUp) {
  set_up();
  cluster->take_backup();
  PostgresServer other({.own_identity = true});
  must_succeed(
      cluster->basebackup_on_primary({"init", "--cluster", "shop", "--pgdata", other.pgdata()}));
  const Outcome outcome = status({"--all", "--json"});
  EXPECT_EQ(outcome.exit_code, kCritical);
  const auto said = json::parse(outcome.out);
  ASSERT_EQ(said.at("clusters").size(), 2U);
  EXPECT_EQ(said.at("clusters").at(0).at("cluster"), "orders");
  EXPECT_EQ(said.at("clusters").at(0).at("severity"), "ok");
  EXPECT_EQ(said.at("clusters").at(1).at("cluster"), "shop");
  EXPECT_EQ(said.at("clusters").at(1).at("severity"), "critical");
  expect_status(kCritical, "CRITICAL 1 of 2 clusters: shop CRITICAL", {"--all"});
}

TEST_F(Status, WritesMetricsAndAPage) {
  set_up();
  cluster->take_backup();
  const fs::path folder = cluster->new_folder("out");
  expect_status(kOk, "OK ",
                {"--openmetrics", folder / "walden.prom", "--html", folder / "status.html"});
  const std::string metrics = read_text(folder / "walden.prom");
  EXPECT_THAT(metrics, HasSubstr("walden_up{cluster=\"orders\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("walden_judgement_severity{cluster=\"orders\",name=\"wal\"} 0\n"));
  EXPECT_THAT(read_text(folder / "status.html"), HasSubstr("<svg"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 2);
}

}  // namespace
}  // namespace walden::testing
