// What a drill that passes is worth: all that was archived came back, all of it was looked at, and
// the copy did nothing by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/scenarios/drill_scenario.h"
#include "tests/support/server_user.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;

class DrillTrust : public Drill {
 protected:
  void use_tested_version() {
    set_policy("bindir = \"" + fs::path(postgres_program("postgres")).parent_path().native() +
               "\"\n");
  }

  // As after a disk that lost a page which had been archived as it was: eight pages of zeros.
  void archive_zeros_within(const std::string& segment) {
    constexpr std::size_t kFrom = std::size_t{40} * 8192;
    constexpr std::size_t kSize = std::size_t{8} * 8192;
    std::string content = read_text(cluster_->primary().pgdata() / "pg_wal" / segment);
    content.replace(kFrom, kSize, kSize, '\0');
    const fs::path doctored = cluster_->new_folder("doctored") / segment;
    write_text(doctored, content);
    give_to_server_user(doctored);
    cluster_->store().remove(cluster_->segment_object(segment));
    must_succeed(as_server_user({.argv = {program_for_server_user("wal-push"), "--config",
                                          cluster_->folder() / "primary.toml", doctored, segment},
                                 .environment = {{"WALDEN_WORKER", "off"}}}));
  }
};

// One load that is larger than what is searched for the newest transaction: nothing after the
// damage says that there was more.
TEST_F(DrillTrust, FailsWhereRecoveryEndsBeforeTheArchiveDoes) {
  prepare({.server = {.segment_megabytes = 1, .settings = {{"wal_keep_size", "1GB"}}}});
  auto& server = cluster_->primary();
  server.sql("create table lost as select repeat('x', 300) from generate_series(1, 2000)");
  const std::string damaged = server.archive_current_segment();
  server.sql("create table lost_too as select 1");
  server.archive_current_segment();
  const auto held = server.sql(
      "create table bulk as select repeat('y', 300) from generate_series(1, 40000);"
      "select pg_walfile_name(pg_switch_wal())");
  server.wait_until_archived(held.at(0).at(0));
  archive_zeros_within(damaged);
  const auto report = report_of();
  EXPECT_THAT(failed(report), Contains("recovery")) << report.dump(2);
  EXPECT_THAT(outcome_.out, HasSubstr("the archive's last segment begins at"));
  expect_failed_in_order(report);
}

// A library that starts a process of its own, as those do that run jobs.
TEST_F(DrillTrust, LetsNoLibraryWorkInTheCopy) {
  if (!fs::exists("/usr/lib/postgresql/15/lib/pg_prewarm.so")) GTEST_SKIP() << "no pg_prewarm";
  prepare({.server = {.settings = {{"shared_preload_libraries", "pg_prewarm"}}}});
  // It is in no view: among the children of the server's first process.
  const std::string workers =
      "select count(*) from split_part(pg_read_file('postmaster.pid'), chr(10), 1) as server,"
      " regexp_split_to_table(trim(pg_read_file('/proc/' || server || '/task/' || server ||"
      " '/children')), ' ') as child where position('autoprewarm'::bytea in"
      " pg_read_binary_file('/proc/' || child || '/cmdline', 0, 200, true)) > 0";
  ASSERT_EQ(cluster_->primary().value(workers), "1");
  set_policy("[[drill.check]]\nname = \"workers\"\nsql = \"" + workers + "\"\nexpect = \"0\"\n");
  for (const Arguments& target : {Arguments{}, Arguments{"--target-time", one_.time}}) {
    const auto report = report_of(target);
    EXPECT_TRUE(report.at("passed")) << report.dump(2);
  }
}

TEST_F(DrillTrust, ReadsTheTablesThatARolesSearchPathHides) {
  prepare();
  auto& server = cluster_->primary();
  server.sql("create table hidden as select 1");
  server.sql("create table public.pg_class as select * from pg_catalog.pg_class limit 0");
  server.sql("create table public.pg_namespace as select * from pg_catalog.pg_namespace limit 0");
  server.sql(
      "do $$ begin execute format('alter role %I set search_path = public, pg_catalog',"
      " current_user); end $$");
  server.archive_current_segment();
  const auto report = report_of();
  EXPECT_TRUE(report.at("passed")) << report.dump(2);
  for (const auto& database : report.at("databases")) EXPECT_GT(database.at("tables"), 50);
}

// Its statistics lie where the settings say, until 14: the source's settings, on the source's host.
TEST_F(DrillTrust, LeavesTheSourcesStatisticsAlone) {
  constexpr int kInMemory = 150000;
  if (postgres_version() >= kInMemory) GTEST_SKIP() << "only until PostgreSQL 14";
  prepare();
  const fs::path statistics = cluster_->new_folder("statistics");
  cluster_->primary().set("stats_temp_directory", statistics.native());
  cluster_->take_backup();
  cluster_->primary().archive_current_segment();
  cluster_->primary().stop();
  const fs::path kept = statistics / "global.stat";
  write_text(kept, "live");
  give_to_server_user(kept);
  set_policy("bindir = \"" + fs::path(postgres_program("postgres")).parent_path().native() +
             "\"\n");
  const auto report = report_of();
  EXPECT_TRUE(report.at("passed")) << report.dump(2);
  EXPECT_EQ(read_text(kept), "live");
}

// Whoever asks whether a restore works hears what was not looked at.
TEST_F(DrillTrust, SaysWithoutWhatItPassed) {
  prepare();
  const fs::path bin = cluster_->new_folder("bin");
  fs::create_symlink(postgres_program("postgres"), bin / "postgres");
  set_policy("bindir = \"" + bin.native() + "\"\n");
  EXPECT_THAT(drill().out, HasSubstr("The drill passed, without amcheck."));
  EXPECT_THAT(must_succeed(cluster_->basebackup({"reports"})).out, HasSubstr("without amcheck"));
  EXPECT_THAT(run(cluster_->basebackup({"status"})).out,
              HasSubstr("ago, without amcheck; next due"));
}

// From 17 on a connection can set one off.
TEST_F(DrillTrust, SetsOffNoEventTrigger) {
  constexpr int kOnLogin = 170000;
  if (postgres_version() < kOnLogin) GTEST_SKIP() << "only since PostgreSQL 17";
  prepare();
  auto& server = cluster_->primary();
  server.sql(
      "create function refuse() returns event_trigger language plpgsql as $$ begin"
      " if current_setting('archive_mode') = 'off' then raise 'this is a copy'; end if; end $$");
  server.sql("create event trigger refusing on login execute function refuse()");
  server.sql("alter event trigger refusing enable always");
  server.archive_current_segment();
  use_tested_version();
  const auto report = report_of();
  EXPECT_TRUE(report.at("passed")) << report.dump(2);
}

}  // namespace
}  // namespace walden::testing
