// The power fails after a base backup and its WAL were acknowledged: what is found of the archive
// is enough for a server with every row.
#include <gtest/gtest.h>

#include "tests/crash/power_failure.h"
#include "tests/crash/stored_objects.h"
#include "tests/scenarios/archived_cluster.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

class PowerLossOfAnArchive : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_POWER_FAILURE();
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>(ClusterSetup{.server = {.segment_megabytes = 1}});
    disk = std::make_unique<PowerFailure>(cluster->store_directory());
    archive_to_disk();
  }

  void archive_to_disk() const {
    auto& primary = cluster->primary();
    const std::string command = "WALDEN_WORKER=off " + disk->shell_prefix() +
                                program_for_server_user("wal-push") + " --config " +
                                (cluster->folder() / "primary.toml").string() + " %p %f";
    primary.set("archive_command", command);
    primary.reload();
    ASSERT_TRUE(eventually([&] { return primary.value("show archive_command") == command; }));
  }

  void take_backup() const {
    must_succeed(disk->on_disk(
        cluster->basebackup_on_primary({"push", "--connection", cluster->primary().conninfo()})));
  }

  std::unique_ptr<ArchivedCluster> cluster;
  std::unique_ptr<PowerFailure> disk;
};

TEST_F(PowerLossOfAnArchive, KeepsABackupAndItsWal) {
  commit(cluster->primary(), "one");
  take_backup();
  commit(cluster->primary(), "two");
  cluster->primary().archive_current_segment();
  const auto found = cluster->folder() / "found";
  disk->restore_to(found, Loss::everything);
  EXPECT_EQ(open_every_object(found), open_every_object(cluster->store_directory()));
  cluster->restoring_host()["WALDEN_STORE"] = "file://" + found.string();
  must_succeed(cluster->basebackup({"verify"}));
  const auto copy = cluster->restored();
  copy->wait_until_open();
  EXPECT_EQ(rows(*copy), "one two");
}

}  // namespace
}  // namespace walden::testing
