// `basebackup init`: it makes one archive for a server, and none in the place of one that is only
// not mounted.
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class InitInADirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
    if (!fs::exists(cluster->store_directory())) GTEST_SKIP() << "the store is no directory";
  }

  void unmount_store() { fs::rename(cluster->store_directory(), cluster->folder() / "away"); }

  [[nodiscard]] Outcome init(const Arguments& options) const {
    Arguments arguments = {"init"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return run(cluster->basebackup_on_primary(arguments));
  }
  [[nodiscard]] Outcome init_for_server(const Arguments& more = {}) const {
    Arguments options = {"--connection", cluster->primary().conninfo()};
    options.insert(options.end(), more.begin(), more.end());
    return init(options);
  }

  void expect_refused(const Outcome& outcome, const std::string& sign) const {
    EXPECT_THAT(outcome, RefusedBecause(sign));
    EXPECT_THAT(outcome.err, HasSubstr("Mount the store"));
    EXPECT_FALSE(fs::exists(cluster->store_directory()));
  }

  std::unique_ptr<ArchivedCluster> cluster;
};

TEST_F(InitInADirectory, OfAnArchiveThatIsThereChangesNothing) {
  cluster->primary().archive_current_segment();
  const std::string marker = cluster->store().content("orders/cluster.json");
  const auto outcome = init_for_server();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("It lies on the file system that is mounted at /"));
  EXPECT_EQ(cluster->store().content("orders/cluster.json"), marker);
}

TEST_F(InitInADirectory, IsRefusedWhileTheStoreOfAServerThatHasArchivedIsAway) {
  const std::string last = cluster->primary().archive_current_segment();
  unmount_store();
  expect_refused(init_for_server(), last);
}

// A crash loses the server's statistics; what its backups left behind stays.
TEST_F(InitInADirectory, IsRefusedAfterACrashToo) {
  cluster->take_backup();
  cluster->primary().stop("immediate");
  unmount_store();
  cluster->primary().start();
  ASSERT_EQ(cluster->primary().value("select archived_count from pg_stat_archiver"), "0");
  expect_refused(init_for_server(), "has archived WAL before");
}

TEST_F(InitInADirectory, IsRefusedForADataDirectoryWhoseWalWasArchived) {
  cluster->primary().archive_current_segment();
  cluster->primary().stop("immediate");
  unmount_store();
  expect_refused(init({"--pgdata", cluster->primary().pgdata()}), "has archived WAL before");
}

TEST_F(InitInADirectory, IsRefusedForACopyThatIsToReadFromTheArchive) {
  cluster->take_backup();
  const auto copy = cluster->restored_copy();
  unmount_store();
  expect_refused(init({"--pgdata", copy->pgdata()}), "is in recovery");
}

TEST_F(InitInADirectory, BeginsAnewWhenToldTo) {
  cluster->primary().archive_current_segment();
  unmount_store();
  const auto outcome = init_for_server({"--new-archive"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(fs::exists(cluster->store_directory() / "orders" / "cluster.json"));
}

TEST_F(InitInADirectory, GoesOnWhereAnotherProgramHadArchived) {
  auto& primary = cluster->primary();
  primary.archive_current_segment();
  primary.set("archive_command", "/bin/true");
  primary.restart();
  unmount_store();
  EXPECT_EQ(init_for_server().exit_code, 0);
}

TEST_F(InitInADirectory, AsRootIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "the tests do not run as root";
  unmount_store();
  Command command{.argv = {program("basebackup"), "init", "--pgdata", cluster->primary().pgdata()}};
  command.environment["WALDEN_CONFIG"] = cluster->folder() / "primary.toml";
  const auto outcome = run(command);
  EXPECT_THAT(outcome, RefusedBecause("as root"));
  EXPECT_THAT(outcome.err, HasSubstr("sudo -u postgres"));
  EXPECT_FALSE(fs::exists(cluster->store_directory()));
}

}  // namespace
}  // namespace walden::testing
