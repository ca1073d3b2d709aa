// Restore drills on a real server: one that passes, and each way to fail, loudly and with nothing
// left behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/scenarios/drill_scenario.h"
#include "tests/scenarios/observations.h"
#include "tests/support/server_user.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// The only one that is run on every kind of store.
class DrillInAnyStore : public Drill {};

TEST_F(DrillInAnyStore, PassesAndTellsSoForEver) {
  prepare({.server = {.data_checksums = true}});
  set_policy(check_of_rows("2") + "[objectives]\nrto = \"1h\"\nrpo = \"1h\"\n");
  const auto before = cluster_->store().objects();
  const auto said = drill();
  ASSERT_EQ(said.exit_code, 0) << said.out << said.err;
  for (const char* words : {"ok    plan ", "ok    restore ", "ok    recovery ", "ok    checksums ",
                            "ok    check      rows: 2, as expected", "ok    read ", "ok    rto ",
                            "ok    rpo ", "ok    stop ", "The drill passed."}) {
    EXPECT_THAT(said.out, HasSubstr(words));
  }
  EXPECT_TRUE(fs::is_empty(scratch_));
  const auto all = json::parse(must_succeed(cluster_->basebackup({"reports", "--json"})).out);
  ASSERT_EQ(all.at("drills").size(), 1U);
  const std::string drill_id = all.at("drills")[0].at("id");
  EXPECT_TRUE(all.at("drills")[0].at("passed"));
  EXPECT_EQ(all.at("drills")[0].at("backup"), id_);
  EXPECT_TRUE(all.at("next_due").is_string());
  EXPECT_THAT(must_succeed(cluster_->basebackup({"reports", drill_id})).out,
              HasSubstr("The drill passed."));
  const fs::path page = cluster_->folder() / "page.html";
  must_succeed(cluster_->basebackup({"reports", drill_id, "--html", page}));
  EXPECT_THAT(read_text(page), HasSubstr("</svg>"));
  // Nothing but its own three objects, and two of the audit trail: not a segment, nor a history of
  // the copy's timeline.
  EXPECT_EQ(cluster_->store().objects().size(), before.size() + 5);
}

TEST_F(Drill, GoesToAMomentInThePast) {
  prepare();
  set_policy(check_of_rows("1"));
  const auto report = report_of({"--target-time", one_.time});
  EXPECT_TRUE(report.at("passed")) << report.dump(2);
  EXPECT_EQ(report.at("rpo_ms"), nullptr);
}

TEST_F(Drill, GoesToTheSameRandomMomentForTheSameSeed) {
  prepare();
  const auto first = report_of({"--random", "--seed", "7"});
  EXPECT_TRUE(first.at("passed")) << first.dump(2);
  EXPECT_EQ(first.at("seed"), 7);
  std::string next = first.at("id");  // ids are seconds
  ASSERT_TRUE(eventually([&] {
    const auto second = report_of({"--random", "--seed", "7"});
    EXPECT_EQ(second.at("target_time"), first.at("target_time"));
    return second.at("id") != next;
  }));
}

TEST_F(Drill, TakesTablespacesAlongAndLeavesTheirOwnFoldersAlone) {
  prepare();
  const fs::path space = cluster_->new_folder("space");
  cluster_->primary().sql("create tablespace fast location '" + space.native() + "'");
  cluster_->primary().sql("create table swift tablespace fast as select 1 as n");
  cluster_->take_backup();
  cluster_->primary().archive_current_segment();
  const auto before = listing(space);
  set_policy("[[drill.check]]\nsql = \"select n from swift\"\nexpect = \"1\"\n");
  const auto report = report_of();
  EXPECT_TRUE(report.at("passed")) << report.dump(2);
  EXPECT_EQ(listing(space), before);
  EXPECT_TRUE(fs::is_empty(scratch_));
}

TEST_F(Drill, OnASealedArchiveTellsTheVerdictToAHostWithoutAKey) {
  prepare({.sealed = true});
  auto& host = cluster_->restoring_host();
  host["WALDEN_SIGNING_KEY_FILE"] = cluster_->folder() / "signing.key";
  host["WALDEN_RECIPIENTS"] = [&] {
    std::ifstream file(cluster_->folder() / "primary.toml");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto begin = text.find("walden1");
    return text.substr(begin, text.find('"', begin) - begin);
  }();
  ASSERT_TRUE(report_of().at("passed"));
  host.erase("WALDEN_KEY_FILE");
  const auto all = json::parse(must_succeed(cluster_->basebackup({"reports", "--json"})).out);
  EXPECT_EQ(all.at("drills")[0].at("passed"), true);
  const auto one = run(cluster_->basebackup({"reports", all.at("drills")[0].at("id")}));
  EXPECT_EQ(one.exit_code, 1);
}

TEST_F(Drill, FailsOnABrokenSegment) {
  prepare();
  cluster_->store().flip_a_bit(cluster_->segment_object(segment_));
  set_policy(check_of_rows("2") + "[objectives]\nrto = \"1h\"\n");
  cluster_->restoring_host()["WALDEN_FETCH_DEADLINE"] = "2s";
  const auto report = report_of();
  EXPECT_THAT(outcome_.out, HasSubstr(segment_));
  EXPECT_THAT(failed(report), Contains("rto"));
  expect_failed_in_order(report);
}

TEST_F(Drill, FailsOnABrokenPack) {
  prepare();
  cluster_->store().flip_a_bit(cluster_->backup_object(id_, "pack-0001"));
  const auto report = report_of();
  EXPECT_THAT(failed(report), ElementsAre("restore"));
  expect_failed_in_order(report);
}

TEST_F(Drill, FailsWithAWrongKey) {
  prepare({.sealed = true});
  must_succeed(cluster_->basebackup({"keygen", cluster_->folder() / "other.key"}));
  auto& host = cluster_->restoring_host();
  host["WALDEN_KEY_FILE"] = cluster_->folder() / "other.key";
  host["WALDEN_SIGNING_KEY_FILE"] = cluster_->folder() / "signing.key";
  const auto report = report_of();
  EXPECT_THAT(failed(report), ElementsAre("plan"));
  EXPECT_THAT(text_of_step(report, "plan"), HasSubstr("key"));
  expect_failed_in_order(report);
}

// "postgres" says what it is told to.
TEST_F(Drill, FailsWithAnOldPostgres) {
  prepare();
  const fs::path bin = cluster_->new_folder("bin");
  std::ofstream(bin / "postgres") << "#!/bin/sh\necho 'postgres (PostgreSQL) 12.1'\n";
  fs::permissions(bin / "postgres", fs::perms(0755));
  set_policy("bindir = \"" + bin.native() + "\"\n");
  const auto report = report_of();
  EXPECT_THAT(failed(report), ElementsAre("programs"));
  EXPECT_THAT(text_of_step(report, "programs"), HasSubstr("is PostgreSQL 12"));
  expect_failed_in_order(report);
}

TEST_F(Drill, FailsOnACheckAndGoesOnWithTheOthers) {
  prepare();
  set_policy(check_of_rows("3") +
             "[[drill.check]]\nname = \"gone\"\nsql = \"select 1 from nothing\"\nexpect = \"1\"\n"
             "[[drill.check]]\nname = \"fine\"\nsql = \"select 1\"\nexpect = \"1\"\n");
  const auto report = report_of();
  EXPECT_THAT(failed(report), ElementsAre("check", "check"));
  EXPECT_EQ(text_of_step(report, "check"), "rows: 2 instead of 3");
  EXPECT_THAT(outcome_.out, HasSubstr("fine: 1, as expected"));
  expect_failed_in_order(report);
}

TEST_F(Drill, FailsWhereAnObjectiveIsMissed) {
  prepare();
  set_policy("[objectives]\nrpo = \"1s\"\n[[drill.check]]\nsql = \"select 1\"\nexpect = \"1\"\n");
  ASSERT_TRUE(eventually([&] {
    return cluster_->primary().value("select clock_timestamp() > timestamptz '" + one_.time +
                                     "' + interval '3s'") == "t";
  }));
  const auto report = report_of();
  EXPECT_THAT(failed(report), ElementsAre("rpo"));
  expect_failed_in_order(report);
}

TEST_F(Drill, FailsAtItsDeadline) {
  prepare();
  const auto report = report_of({"--deadline", "0s"});
  EXPECT_THAT(failed(report), ElementsAre("recovery"));
  expect_failed_in_order(report);
}

TEST_F(Drill, RefusesADataDirectoryAndChangesNothing) {
  prepare();
  const auto before = listing(cluster_->primary().pgdata() / "global");
  for (const auto& live : {cluster_->primary().pgdata(), cluster_->primary().pgdata() / "base"}) {
    EXPECT_THAT(drill({"--scratch", live.native()}), RefusedBecause("data directory"));
  }
  EXPECT_EQ(listing(cluster_->primary().pgdata() / "global"), before);
}

TEST_F(Drill, RefusesALackOfRoomBeforeAnythingIsRestored) {
  prepare();
  const auto mounted = run({.argv = {"mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", scratch_}});
  if (mounted.exit_code != 0) GTEST_SKIP() << "no file system can be mounted here";
  give_to_server_user(scratch_);
  const auto refused = drill();
  const bool empty = fs::is_empty(scratch_);
  must_succeed({.argv = {"umount", "--lazy", scratch_}});
  EXPECT_THAT(refused, RefusedBecause("the files need"));
  EXPECT_TRUE(empty);
  EXPECT_THAT(must_succeed(cluster_->basebackup({"reports"})).out,
              HasSubstr("No drill has passed"));
}

// After a disaster one would find out that it is missed here.
TEST_F(Drill, StartsWithoutALibraryThatIsNotThereAndSaysSo) {
  prepare();
  cluster_->primary().set("shared_preload_libraries", "no_such_library");  // not restarted
  cluster_->take_backup();
  cluster_->primary().archive_current_segment();
  const auto report = report_of();
  EXPECT_TRUE(report.at("passed")) << report.dump(2);
  EXPECT_THAT(outcome_.out, HasSubstr("no_such_library is not on this host"));
}

TEST_F(Drill, InterruptedLeavesNothing) {
  prepare();
  set_policy("[[drill.check]]\nsql = \"select pg_sleep(60)\"\nexpect = \"\"\n");
  {
    RunningProcess running(cluster_->basebackup({"drill"}));
    ASSERT_TRUE(eventually([&] { return running.out_so_far().contains("checksums"); }))
        << running.out_so_far() << running.err_so_far();
    running.send_signal(SIGINT);
    const auto outcome = running.wait();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.err, HasSubstr("interrupted"));
  }
  EXPECT_TRUE(fs::is_empty(scratch_));
  const auto kept = json::parse(must_succeed(cluster_->basebackup({"reports", "--json"})).out);
  EXPECT_TRUE(kept.at("drills").empty());
}

TEST_F(Drill, KilledIsClearedAwayByTheNext) {
  prepare();
  set_policy("[[drill.check]]\nsql = \"select pg_sleep(60)\"\nexpect = \"\"\n");
  {
    RunningProcess running(cluster_->basebackup({"drill"}));
    ASSERT_TRUE(eventually([&] { return running.out_so_far().contains("checksums"); }))
        << running.out_so_far() << running.err_so_far();
    running.send_signal(SIGKILL);
    (void)running.wait();
  }
  EXPECT_FALSE(fs::is_empty(scratch_));
  set_policy("");
  ASSERT_TRUE(eventually([&] { return drill().exit_code == 0; }));
  EXPECT_TRUE(fs::is_empty(scratch_));
}

}  // namespace
}  // namespace walden::testing
