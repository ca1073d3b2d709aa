// Clusters that initdb made otherwise than by default, and what a copy keeps of their files.
#include <gtest/gtest.h>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

class ClusterKind : public ::testing::Test {
 protected:
  void SetUp() override { WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER(); }

  // Through a backup, several segments of WAL, and recovery to a transaction.
  static void expect_recovery_works(const ServerOptions& options) {
    ArchivedCluster cluster({.server = options});
    cluster.take_backup();
    cluster.primary().sql(
        "create table filler as select repeat(md5(n::text), 20) as text"
        " from generate_series(1, 5000) as n");
    const Moment kept = commit(cluster.primary(), "kept");
    commit(cluster.primary(), "lost");
    cluster.primary().archive_current_segment();
    const auto server = cluster.restored({"--target-xid", kept.xid});
    server->wait_until_paused();
    EXPECT_EQ(rows(*server), "kept");
    EXPECT_EQ(server->value("select count(*) from filler"), "5000");
  }
};

TEST_F(ClusterKind, SegmentsOfOneMegabyte) {
  expect_recovery_works({.segment_megabytes = 1});
}

TEST_F(ClusterKind, SegmentsOf64Megabytes) {
  expect_recovery_works({.segment_megabytes = 64});
}

TEST_F(ClusterKind, DataChecksumsHoldInTheCopy) {
  ArchivedCluster cluster({.server = {.data_checksums = true}});
  commit(cluster.primary(), "kept");
  cluster.take_backup();
  cluster.primary().archive_current_segment();
  const auto server = cluster.restored();
  server->wait_until_open();
  EXPECT_EQ(server->value("show data_checksums"), "on");
  server->stop();
  const auto check =
      run({.argv = {postgres_program("pg_checksums"), "--check", server->pgdata().string()}});
  EXPECT_EQ(check.exit_code, 0) << check.out << check.err;
}

TEST_F(ClusterKind, ADirectoryForTheOwnerOnlyStaysSo) {
  ArchivedCluster cluster;
  cluster.take_backup();
  cluster.primary().archive_current_segment();
  const auto server = cluster.restored_copy();
  EXPECT_EQ(mode_of(server->pgdata()), "700");
  EXPECT_EQ(mode_of(server->pgdata() / "base"), "700");
  EXPECT_EQ(mode_of(server->pgdata() / "PG_VERSION"), "600");
}

TEST_F(ClusterKind, AccessForTheGroupIsKept) {
  ArchivedCluster cluster({.server = {.group_access = true}});
  cluster.take_backup();
  cluster.primary().archive_current_segment();
  const auto server = cluster.restored({"--target-immediate"});
  EXPECT_EQ(mode_of(server->pgdata()), "750");
  EXPECT_EQ(mode_of(server->pgdata() / "base"), "750");
  EXPECT_EQ(mode_of(server->pgdata() / "PG_VERSION"), "640");
  EXPECT_EQ(server->value("show data_directory_mode"), "0750");
}

TEST_F(ClusterKind, EmptyDirectoriesAreThere) {
  ArchivedCluster cluster;
  cluster.take_backup();
  cluster.primary().archive_current_segment();
  const auto copy = cluster.restored_copy();
  for (const auto& entry : fs::recursive_directory_iterator(cluster.primary().pgdata())) {
    // The server leaves temporary files out of a backup, and their folder with them.
    if (!entry.is_directory() || entry.path().filename() == "pgsql_tmp") continue;
    const auto path = fs::relative(entry.path(), cluster.primary().pgdata());
    EXPECT_TRUE(fs::is_directory(copy->pgdata() / path)) << path;
  }
}

TEST_F(ClusterKind, UnloggedTablesComeBackEmpty) {
  ArchivedCluster cluster;
  cluster.primary().sql("create unlogged table scratch as select 1 as n");
  cluster.take_backup();
  cluster.primary().archive_current_segment();
  const auto server = cluster.restored();
  server->wait_until_open();
  EXPECT_EQ(server->value("select count(*) from scratch"), "0");
}

}  // namespace
}  // namespace walden::testing
