// Restores that must not happen: the cause, what to do, exit code 1 (2 for usage), and nothing
// changed.
#include <gtest/gtest.h>

#include <fstream>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Refusal : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
    before_backup = commit(cluster->primary(), "early");
    cluster->take_backup();
    kept = commit(cluster->primary(), "kept");
    cluster->primary().archive_current_segment();
  }

  // Refused, and everything below the cluster's folder is as it was.
  void expect_refused(const Arguments& options, const std::string& cause) {
    const auto before = listing(cluster->folder());
    const auto outcome = run(cluster->restore_command(cluster->folder() / "copy", options));
    EXPECT_THAT(outcome, RefusedBecause(cause));
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(listing(cluster->folder()), before);
  }

  void expect_usage_error(const Arguments& options, const std::string& word) {
    const auto before = listing(cluster->folder());
    const auto outcome = run(cluster->restore_command(cluster->folder() / "copy", options));
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(word));
    EXPECT_EQ(listing(cluster->folder()), before);
  }

  std::unique_ptr<ArchivedCluster> cluster;
  Moment before_backup, kept;
};

TEST_F(Refusal, OverARunningServer) {
  auto& primary = cluster->primary();
  const auto outcome = run(cluster->restore_command(primary.pgdata()));
  EXPECT_THAT(outcome, RefusedBecause("belongs to a running server"));
  EXPECT_EQ(rows(primary), "early kept");
}

TEST_F(Refusal, IntoADirectoryThatIsNotEmpty) {
  auto& primary = cluster->primary();
  primary.stop();
  const auto before = listing(primary.pgdata());
  EXPECT_THAT(run(cluster->restore_command(primary.pgdata())), RefusedBecause("not empty"));
  EXPECT_EQ(listing(primary.pgdata()), before);
}

TEST_F(Refusal, IntoADirectoryThatMayNotBeWritten) {
  const fs::path closed = cluster->new_folder("closed");
  fs::permissions(closed, fs::perms{0500});
  EXPECT_THAT(run(cluster->restore_command(closed / "copy")), RefusedBecause(closed.string()));
}

TEST_F(Refusal, TimeBeforeTheFirstBackup) {
  expect_refused({"--target-time", before_backup.time}, "before");
}

TEST_F(Refusal, LsnBeforeTheFirstBackup) {
  expect_refused({"--target-lsn", before_backup.lsn}, "before");
}

TEST_F(Refusal, TimeAfterTheLastWal) {
  expect_refused({"--target-time", "2099-01-01 00:00:00+00"}, "2099-01-01");
}

TEST_F(Refusal, LsnAfterTheLastWal) {
  expect_refused({"--target-lsn", "FF/0"}, "FF/0");
}

TEST_F(Refusal, TransactionThatTheArchiveDoesNotHave) {
  expect_refused({"--target-xid", "4000000"}, "4000000");
}

TEST_F(Refusal, RestorePointThatTheArchiveDoesNotHave) {
  expect_refused({"--target-name", "never_made"}, "never_made");
}

TEST_F(Refusal, TimelineThatTheArchiveDoesNotHave) {
  expect_refused({"--target-timeline", "7"}, "7");
}

TEST_F(Refusal, StoreThatIsNotThere) {
  cluster->restoring_host()["WALDEN_STORE"] = cluster->store().url_of_nothing();
  expect_refused({}, "gone");
}

TEST_F(Refusal, StoreThatIsEmpty) {
  cluster->restoring_host()["WALDEN_STORE"] = cluster->store().url_of_empty_place();
  expect_refused({}, "empty");
}

TEST_F(Refusal, ClusterThatIsNotInTheStore) {
  cluster->restoring_host()["WALDEN_CLUSTER"] = "invoices";
  expect_refused({}, "invoices");
}

TEST_F(Refusal, OfTwoTargetsAtOnceIsAUsageError) {
  expect_usage_error({"--target-xid", kept.xid, "--target-lsn", kept.lsn}, "--target-");
}

TEST_F(Refusal, OfATimeThatIsNoneIsAUsageError) {
  expect_usage_error({"--target-time", "tomorrow-ish"}, "tomorrow-ish");
}

TEST_F(Refusal, OfABackupThatDoesNotExistIsAUsageError) {
  expect_usage_error({"--backup", "20010101T000000Z"}, "20010101T000000Z");
}

TEST_F(Refusal, OfAnUnknownOptionIsAUsageError) {
  expect_usage_error({"--target-tiem", kept.time}, "--target-tiem");
}

TEST_F(Refusal, OfAnArchiveSetUpForAnotherCluster) {
  PostgresServer other({.own_identity = true});
  const auto before = listing(cluster->folder());
  EXPECT_THAT(run(cluster->basebackup_on_primary({"init", "--pgdata", other.pgdata()})),
              RefusedBecause(cluster->primary().system_identifier()));
  EXPECT_EQ(listing(cluster->folder()), before);
}

}  // namespace
}  // namespace walden::testing
