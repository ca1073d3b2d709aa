// Tablespaces lie outside the data directory: a copy must never touch the original's.
#include <gtest/gtest.h>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

class Tablespace : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
    original = cluster->new_folder("fast disk");
    auto& primary = cluster->primary();
    primary.sql("create tablespace fast location '" + original.string() + "'");
    primary.sql("create table far tablespace fast as select generate_series(1, 1000) as n");
    cluster->take_backup();
    primary.sql("insert into far values (1001)");
    primary.archive_current_segment();
  }

  std::unique_ptr<ArchivedCluster> cluster;
  fs::path original;
};

TEST_F(Tablespace, IsRestoredToTheFolderItIsMappedTo) {
  const fs::path copy = cluster->folder() / "copied tablespace";
  const auto before = listing(original);
  const auto server = cluster->restored({"--tablespace", original.string() + "=" + copy.string()});
  server->wait_until_open();
  EXPECT_EQ(server->value("select count(*) from far"), "1001");
  EXPECT_EQ(server->value("select pg_tablespace_location(oid) from pg_tablespace"
                          " where spcname = 'fast'"),
            copy.string());
  server->sql("insert into far values (1002)");
  EXPECT_EQ(listing(original), before);
  EXPECT_EQ(cluster->primary().value("select count(*) from far"), "1001");
}

TEST_F(Tablespace, IsNotRestoredIntoTheOriginalsFolder) {
  const auto before = listing(original);
  const fs::path pgdata = cluster->folder() / "copy";
  EXPECT_THAT(run(cluster->restore_command(pgdata)), RefusedBecause(original.string()));
  EXPECT_EQ(listing(original), before);
  EXPECT_FALSE(fs::exists(pgdata));
}

TEST_F(Tablespace, ReturnsToItsOwnFolderOnceThatIsEmpty) {
  cluster->lose_primary();
  fs::remove_all(original);
  const auto server = cluster->restored();
  server->wait_until_open();
  EXPECT_EQ(server->value("select count(*) from far"), "1001");
}

TEST_F(Tablespace, MappingOfAnUnknownFolderIsRefused) {
  const fs::path pgdata = cluster->folder() / "copy";
  const auto outcome = run(cluster->restore_command(
      pgdata, {"--tablespace", "/no/such/tablespace=" + (cluster->folder() / "x").string()}));
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_THAT(message_of(outcome).cause, ::testing::HasSubstr("/no/such/tablespace"));
  EXPECT_FALSE(fs::exists(pgdata));
}

}  // namespace
}  // namespace walden::testing
