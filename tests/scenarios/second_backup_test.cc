// The second backup of a real server: it stores what has changed, and restores whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class SecondBackup : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    ClusterSetup setup;
    if (sends_blocks()) setup.server.settings["summarize_wal"] = "on";
    cluster = std::make_unique<ArchivedCluster>(setup);
    // Twelve MiB, in files of eight and four: rows that do not move.
    primary().sql(
        "create table kept as select g as n, repeat(md5(g::text), 30) as filler"
        " from generate_series(1, 8000) g");
    primary().sql(
        "create table changed with (fillfactor = 50) as"
        " select g as n, repeat(md5(g::text), 30) as filler from generate_series(1, 2000) g");
    primary().sql("vacuum (freeze) kept, changed");
  }

  static bool sends_blocks() {
    const char* version = std::getenv("WALDEN_TEST_POSTGRES");
    return version != nullptr && std::stoi(version) >= 17;
  }

  PostgresServer& primary() { return cluster->primary(); }

  Outcome push(const Arguments& options = {}) {
    Arguments all = {"push", "--connection", primary().conninfo()};
    all.insert(all.end(), options.begin(), options.end());
    return must_succeed(cluster->basebackup_on_primary(all));
  }
  json newest() const {
    const auto list = must_succeed(cluster->basebackup({"list", "--json"}));
    json newest;
    const json all = json::parse(list.out);
    for (const auto& backup : all.at("backups")) {
      if (newest.is_null() || backup.at("id") > newest.at("id")) newest = backup;
    }
    return newest;
  }
  fs::path memory() const {
    for (const auto& entry : fs::directory_iterator(cluster->folder() / "state/orders")) {
      if (entry.path().extension() == ".memory") return entry.path();
    }
    return "there is none";
  }
  void change_a_row() { primary().sql("update changed set filler = filler where n = 77"); }
  void expect_restored_whole() {
    const std::string sums =
        "select (select sum(hashtext(filler)::bigint) from kept) || ' ' ||"
        " (select sum(hashtext(filler)::bigint) from changed) || ' ' ||"
        " (select count(*) from moments)";
    const auto expected = primary().value(sums);
    primary().archive_current_segment();
    const auto copy = cluster->restored();
    copy->wait_until_open();
    EXPECT_EQ(copy->value(sums), expected);
  }

  std::unique_ptr<ArchivedCluster> cluster;
};

TEST_F(SecondBackup, StoresWhatHasChangedAndRestoresWhole) {
  const auto first = push();
  EXPECT_THAT(first.err, HasSubstr("this host remembers no earlier backup"));
  EXPECT_EQ(newest().at("kind"), "full");
  const auto full = newest().at("stored_size").get<std::uint64_t>();
  change_a_row();
  commit(primary(), "between");
  const auto second = push();
  EXPECT_THAT(second.out, HasSubstr("builds on 1 earlier backup"));
  EXPECT_EQ(newest().at("kind"), "incremental");
  EXPECT_LT(newest().at("stored_size").get<std::uint64_t>(), full / 3);
  commit(primary(), "after");
  expect_restored_whole();
  must_succeed(cluster->basebackup({"verify"}));
}

// 17+: the server sends only these.
TEST_F(SecondBackup, StoresBlocksWhereTheServerKnowsThem) {
  if (!sends_blocks()) GTEST_SKIP() << "a server before PostgreSQL 17 sends whole files";
  const auto first = cluster->take_backup();
  const auto full = newest().at("stored_size").get<std::uint64_t>();
  for (int generation = 0; generation < 3; ++generation) {
    primary().sql("update kept set n = n where n % 500 = " + std::to_string(generation));
    primary().sql("truncate changed; insert into changed select 1, 'new' from generate_series(1, " +
                  std::to_string(1 + 2000 * generation) + ")");
    push();
    EXPECT_EQ(newest().at("kind"), "incremental");
    EXPECT_NE(newest().at("base"), "");
    EXPECT_LT(newest().at("stored_size").get<std::uint64_t>(), full / 3);
  }
  EXPECT_THAT(newest().at("references"), ::testing::Contains(first));
  expect_restored_whole();
  EXPECT_THAT(must_succeed(cluster->basebackup({"verify"})).out,
              HasSubstr("there is no digest of the whole"));
}

TEST_F(SecondBackup, FallsBackWhereTheServerCannotTellTheBlocks) {
  if (!sends_blocks()) GTEST_SKIP() << "a server before PostgreSQL 17 sends whole files";
  push();
  // The summaries of the time between are gone.
  primary().sql("alter system set summarize_wal = off");
  primary().reload();
  change_a_row();
  primary().archive_current_segment();
  fs::remove_all(primary().pgdata() / "pg_wal/summaries");
  fs::create_directory(primary().pgdata() / "pg_wal/summaries");
  give_to_server_user(primary().pgdata() / "pg_wal/summaries");
  primary().sql("checkpoint");
  primary().sql("alter system set summarize_wal = on");
  primary().reload();
  const auto second = push();
  EXPECT_THAT(second.err, HasSubstr("the server sends all blocks"));
  EXPECT_EQ(newest().at("base"), "");
  EXPECT_EQ(newest().at("kind"), "incremental");
  expect_restored_whole();
}

TEST_F(SecondBackup, IsFullWhereItIsAskedFor) {
  push();
  const auto second = push({"--full"});
  EXPECT_THAT(second.out, Not(HasSubstr("builds on")));
  EXPECT_EQ(newest().at("kind"), "full");
}

TEST_F(SecondBackup, IsFullWhereTheMemoryIsLostOrDamaged) {
  push();
  {
    std::fstream file(memory(), std::ios::in | std::ios::out | std::ios::binary);
    ASSERT_TRUE(file);
    file.seekp(100);
    file.put('!');
  }
  const auto second = push();
  EXPECT_THAT(second.err, HasSubstr("it does not match its own digest"));
  EXPECT_EQ(newest().at("kind"), "full");
  EXPECT_EQ(mode_of(memory()), "600");
  fs::remove(memory());
  const auto third = push();
  EXPECT_THAT(third.err, HasSubstr("this host remembers no earlier backup"));
  EXPECT_EQ(newest().at("kind"), "full");
}

TEST_F(SecondBackup, RefersToNothingThatIsGoneFromTheStore) {
  const auto first = cluster->take_backup();
  for (const auto& object : cluster->store().objects()) {
    const auto name = object.substr(0, object.find(' '));  // size and time behind it
    if (name.find(first + "/pack-") != std::string::npos) cluster->store().remove(name);
  }
  const auto second = push();
  EXPECT_THAT(second.err, HasSubstr("are not in the store any more"));
  EXPECT_EQ(newest().at("kind"), "full");
  change_a_row();  // a segment that holds nothing is not switched
  expect_restored_whole();
}

TEST_F(SecondBackup, MayHoldItsOwnWal) {
  push({"--with-wal"});
  const auto copy = cluster->restored_copy({"--target-immediate"});
  std::size_t segments = 0;
  for (const auto& entry : fs::directory_iterator(copy->pgdata() / "pg_wal")) {
    segments += entry.path().filename().string().size() == 24 ? 1U : 0U;
  }
  EXPECT_GT(segments, 0U);
}

TEST_F(SecondBackup, MayBeCompressedByTheServer) {
  if (primary().value("select current_setting('server_version_num')::int >= 150000") != "t") {
    GTEST_SKIP() << "servers before PostgreSQL 15 do not compress";
  }
  push();
  change_a_row();
  Arguments all = {"push", "--connection", primary().conninfo(), "--server-compress"};
  const auto second = run(cluster->basebackup_on_primary(all));
  if (second.err.find("does not support compression") != std::string::npos) {
    GTEST_SKIP() << "this server was built without zstd";
  }
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(newest().at("kind"), "incremental");
  expect_restored_whole();
}

}  // namespace
}  // namespace walden::testing
