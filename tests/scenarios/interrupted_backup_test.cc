// What a backup that does not end well leaves: nothing that anyone could take for a backup.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class InterruptedBackup : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
  }

  Command push(const Arguments& options) const {
    Arguments all = {"push", "--connection", cluster->primary().conninfo()};
    all.insert(all.end(), options.begin(), options.end());
    return cluster->basebackup_on_primary(all);
  }

  void break_archiver() const { archive_with("/bin/false"); }
  void archive_with(const std::string& command) const {
    cluster->primary().set("archive_command", command);
    cluster->primary().reload();
    ASSERT_TRUE(
        eventually([&] { return cluster->primary().value("show archive_command") == command; }));
  }

  std::size_t backups_listed() const {
    const auto list = must_succeed(cluster->basebackup({"list", "--json"}));
    return nlohmann::json::parse(list.out).at("backups").size();
  }

  std::unique_ptr<ArchivedCluster> cluster;
};

TEST_F(InterruptedBackup, LeavesNoBackup) {
  RunningProcess slow(push({"--max-rate", "1024"}));
  ASSERT_TRUE(
      eventually([&] { return slow.err_so_far().find("full backup at") != std::string::npos; }));
  slow.send_signal(SIGINT);
  const auto outcome = slow.wait();
  EXPECT_THAT(outcome, RefusedBecause("interrupted"));
  EXPECT_EQ(backups_listed(), 0U);
}

TEST_F(InterruptedBackup, DoesNotStandInTheWayOfTheNext) {
  {
    RunningProcess slow(push({"--max-rate", "1024"}));
    ASSERT_TRUE(
        eventually([&] { return slow.err_so_far().find("full backup at") != std::string::npos; }));
    slow.send_signal(SIGKILL);
    EXPECT_EQ(slow.wait().signal, SIGKILL);
  }
  EXPECT_EQ(backups_listed(), 0U);
  cluster->take_backup();
  EXPECT_EQ(backups_listed(), 1U);
  cluster->primary().archive_current_segment();
  const auto server = cluster->restored();
  server->wait_until_open();
}

TEST_F(InterruptedBackup, WhoseWalIsNotArchivedIsNoBackup) {
  break_archiver();
  const auto outcome = run(push({"--wal-deadline", "2s"}));
  EXPECT_THAT(outcome, RefusedBecause("did not reach the archive"));
  EXPECT_THAT(message_of(outcome).cause, HasSubstr("00000001000000"));
  EXPECT_EQ(backups_listed(), 0U);
}

// The server's word that it has archived its WAL says nothing of where.
TEST_F(InterruptedBackup, IsNoBackupWhereTheServerArchivesElsewhere) {
  archive_with("/bin/true");
  const auto outcome = run(push({"--wal-deadline", "2s"}));
  EXPECT_THAT(outcome, RefusedBecause("did not reach the archive"));
  EXPECT_EQ(backups_listed(), 0U);
}

// A copy that archived to the same place leaves segments of the names that the backup needs.
TEST_F(InterruptedBackup, IsNoBackupForSegmentsOfAnotherServer) {
  const auto archived = cluster->primary().archive_current_segment();
  break_archiver();
  const auto number = std::stoul(archived.substr(16), nullptr, 16);
  for (auto later = number + 1; later < number + 8; ++later) {
    const auto name = fmt::format("{}{:08X}", archived.substr(0, 16), later);
    cluster->store().copy(cluster->segment_object(archived), cluster->segment_object(name));
  }
  const auto outcome = run(push({"--wal-deadline", "2s"}));
  EXPECT_THAT(outcome, RefusedBecause("did not reach the archive"));
  EXPECT_THAT(outcome.err, HasSubstr("waiting for the server to archive the backup's WAL"));
  EXPECT_THAT(message_of(outcome).below, ::testing::Contains(HasSubstr("pg_stat_archiver")));
  EXPECT_EQ(backups_listed(), 0U);
}

TEST_F(InterruptedBackup, OfAServerThatDoesNotArchiveIsRefusedAtOnce) {
  cluster->primary().stop();
  cluster->primary().set("archive_mode", "off");
  cluster->primary().start();
  const auto before = cluster->store().objects();
  EXPECT_THAT(run(push({})), RefusedBecause("archive_mode is off"));
  EXPECT_EQ(cluster->store().objects(), before);
}

}  // namespace
}  // namespace walden::testing
