// When a server that could send only the changed blocks (17+) must be asked for all of them: what
// it compares with is not what the new backup would build on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/bytes/files.h"
#include "common/bytes/little_endian.h"
#include "common/postgres/crc32c.h"
#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

constexpr const char* kSum = "select sum(hashtext(filler)::bigint) from kept";

class ChangedBlocks : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    const char* version = std::getenv("WALDEN_TEST_POSTGRES");
    if (version == nullptr || std::stoi(version) < 17) {
      GTEST_SKIP() << "a server before PostgreSQL 17 sends whole files";
    }
    ClusterSetup setup;
    setup.server.data_checksums = true;
    setup.server.settings["summarize_wal"] = "on";
    cluster = std::make_unique<ArchivedCluster>(setup);
    primary().sql(
        "create table kept with (fillfactor = 50) as"
        " select g as n, repeat(md5(g::text), 30) as filler from generate_series(1, 8000) g");
    // The server comes to it before `kept` where a directory lists its newest file first.
    primary().sql(
        "create table filler as select repeat(md5(g::text), 30) from generate_series(1, 8000) g");
    primary().sql("vacuum (freeze) kept, filler");
    cluster->take_backup();
  }

  PostgresServer& primary() { return cluster->primary(); }

  [[nodiscard]] Command push(const PostgresServer& server, const Arguments& more = {}) const {
    Arguments all = {"push", "--connection", server.conninfo()};
    all.insert(all.end(), more.begin(), more.end());
    return cluster->basebackup_on_primary(all);
  }
  json newest() const {
    json newest;
    const json all = json::parse(must_succeed(cluster->basebackup({"list", "--json"})).out);
    for (const auto& backup : all.at("backups")) {
      if (newest.is_null() || backup.at("id") > newest.at("id")) newest = backup;
    }
    return newest;
  }

  std::unique_ptr<ArchivedCluster> cluster;
};

// The earlier backup holds pages from behind the switch, which the new timeline never had.
TEST_F(ChangedBlocks, AreNotAskedForAcrossAForkWithinTheEarlierBackup) {
  RunningProcess process(push(primary(), {"--full", "--max-rate", "16384"}));
  ASSERT_TRUE(
      eventually([&] { return process.err_so_far().find("backup at") != std::string::npos; }));
  process.send_signal(SIGSTOP);  // the server has more to send than a socket holds
  const Moment shared = commit(primary(), "shared");
  primary().sql("update kept set filler = 'lost' where n < 1000");
  primary().sql("checkpoint");
  process.send_signal(SIGCONT);
  EXPECT_EQ(process.wait().exit_code, 0);
  const auto end = primary().current_lsn();
  commit(primary(), "lost");
  primary().archive_current_segment();

  const auto second =
      cluster->restored({"--archive", "--target-xid", shared.xid, "--target-action", "promote"});
  second->wait_until_open();
  cluster->lose_primary();
  const auto expected = second->value(kSum);
  while (second->value("select pg_current_wal_lsn() < '" + end + "'") == "t") {
    commit(*second, "second");
    second->archive_current_segment();
  }
  second->sql("checkpoint");
  const auto pushed = must_succeed(push(*second));
  EXPECT_THAT(pushed.err, HasSubstr("the server sends all blocks"));
  EXPECT_EQ(newest().at("base"), "");
  commit(*second, "late");
  second->archive_current_segment();
  const auto copy = cluster->restored();
  copy->wait_until_open();
  EXPECT_EQ(copy->value(kSum), expected);
}

// pg_checksums rewrites pages without WAL; here only its mark in pg_control is made, which is all
// that --disable does.
TEST_F(ChangedBlocks, AreNotAskedForAfterChecksumsWereTurnedOnOrOff) {
  constexpr std::size_t kChecksums = 252;
  primary().stop();
  const auto path = primary().pgdata() / "global/pg_control";
  Buffer control = read_file(path, 8192).value();
  const std::size_t crc = newest().at("server_version") < 180000 ? 288 : 292;
  ASSERT_EQ(load_le<std::uint32_t>(control, kChecksums), 1U);
  control[kChecksums] = 0;
  Buffer sum;
  append_le(sum, Crc32c::of(ByteView(control).first(crc)));
  std::ranges::copy(sum, control.begin() + static_cast<std::ptrdiff_t>(crc));
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file << text_of(control);
  }
  primary().start();
  EXPECT_THAT(must_succeed(push(primary())).err,
              HasSubstr("the server sends all blocks, not only the changed ones: data_checksums"));
  EXPECT_EQ(newest().at("base"), "");
  must_succeed(push(primary()));
  EXPECT_NE(newest().at("base"), "");
}

// The server checks only what it sends: a bad page that stays behind would be told of no more.
TEST_F(ChangedBlocks, AreNotAskedForUntilNoPageIsDamaged) {
  const auto file = primary().value("select pg_relation_filepath('kept')");
  primary().stop();
  {
    std::fstream table(primary().pgdata() / file, std::ios::in | std::ios::out | std::ios::binary);
    table.seekp(3 * 8192 + 4000);
    table.write("damage", 6);
  }
  primary().start();
  must_succeed(push(primary()));  // it is not seen before it is sent
  EXPECT_EQ(run(push(primary(), {"--full"})).exit_code, 1);
  const auto again = run(push(primary()));
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("the server sends all blocks"));
  EXPECT_THAT(newest().at("checksum_failures"), ::testing::Contains(HasSubstr(file)));
  primary().sql("truncate kept");
  must_succeed(push(primary()));
  EXPECT_EQ(newest().at("base"), "");
  must_succeed(push(primary()));
  EXPECT_NE(newest().at("base"), "");
}

}  // namespace
}  // namespace walden::testing
