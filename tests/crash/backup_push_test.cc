// basebackup push, failed at every system call: no backup is shown that is not whole, and the next
// push succeeds.
#include <nlohmann/json.hpp>

#include "tests/crash/fault_series.h"
#include "tests/crash/stored_objects.h"
#include "tests/scenarios/archived_cluster.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

class BackupPushCrash : public ::testing::TestWithParam<FaultKind> {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_FAULTS();
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>(ClusterSetup{.server = {.segment_megabytes = 1}});
    commit(cluster->primary(), "row");
  }

  [[nodiscard]] std::string backups() const { return cluster->backup_object("", ""); }

  // No earlier backup is in the way, nor what was left of one.
  Command prepare() {
    fs::remove_all(cluster->store_directory() / backups());
    return cluster->basebackup_on_primary({"push", "--connection", cluster->primary().conninfo(),
                                           "--threads", "1", "--wal-deadline", "30s"});
  }

  // Each that `list` shows stands up to `verify`. Returns how many there are.
  std::size_t good_backups() {
    const auto list =
        nlohmann::json::parse(must_succeed(cluster->basebackup({"list", "--json"})).out);
    for (const auto& backup : list.at("backups")) {
      EXPECT_TRUE(backup.at("wal").at("consistent").get<bool>()) << backup;
      must_succeed(cluster->basebackup({"verify", "--backup", backup.at("id").get<std::string>()}));
    }
    return list.at("backups").size();
  }

  void check(const Fault& fault, const Outcome& outcome) {
    const bool killed_by_us = outcome.signal == SIGKILL;
    EXPECT_TRUE(killed_by_us || outcome.exit_code == 0 || outcome.exit_code == 1 ||
                outcome.exit_code == 127)
        << outcome.exit_code << outcome.err;
    if (outcome.exit_code == 1) {
      EXPECT_NE(outcome.err, "");
    }
    const std::size_t there = good_backups();
    if (outcome.exit_code == 0) {
      EXPECT_EQ(there, 1U);
    }
    if (fs::exists(cluster->store_directory() / backups())) {
      (void)open_every_object(cluster->store_directory(), backups());
    }
    if (!killed_by_us && !fault.call.starts_with("unlink")) {
      EXPECT_EQ(temporaries_in(cluster->store_directory()).size(), 0U);
    }
    EXPECT_LE(temporaries_in(cluster->store_directory()).size(), 1U);
    age_temporaries_in(cluster->store_directory());
    cluster->take_backup();
    EXPECT_EQ(good_backups(), there + 1);
    EXPECT_EQ(temporaries_in(cluster->store_directory()).size(), 0U);
  }

  std::unique_ptr<ArchivedCluster> cluster;
};

TEST_P(BackupPushCrash, ShowsNoBackupThatIsNotWhole) {
  // In how many pieces the server's data comes; how often one looks whether the WAL is there.
  const std::set<std::string> varying = {"recvfrom", "newfstatat"};
  fail_at_each_call(
      GetParam(),
      {[this] { return prepare(); },
       [this](const Fault& fault, const Outcome& outcome) { check(fault, outcome); }, varying},
      Sample::narrow);
  cluster->primary().archive_current_segment();
  const auto copy = cluster->restored();
  copy->wait_until_open();
  EXPECT_EQ(rows(*copy), "row");
}

INSTANTIATE_TEST_SUITE_P(Every, BackupPushCrash, ::testing::ValuesIn(every_kind()), name_of_test);

}  // namespace
}  // namespace walden::testing
