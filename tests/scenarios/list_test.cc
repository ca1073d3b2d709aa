// `basebackup list`: which backups there are, and to which moments one can restore.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

class List : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
  }

  json listed() const {
    const auto outcome = must_succeed(cluster->basebackup({"list", "--json"}));
    return json::parse(outcome.out);
  }

  std::string printed() const { return must_succeed(cluster->basebackup({"list"})).out; }

  std::unique_ptr<ArchivedCluster> cluster;
};

TEST_F(List, OfAnArchiveWithoutABackupSaysSo) {
  EXPECT_TRUE(listed().at("backups").empty());
  EXPECT_THAT(printed(), HasSubstr("basebackup push"));
}

TEST_F(List, ShowsEachBackupAndHowToRestore) {
  const auto first = cluster->take_backup();
  commit(cluster->primary(), "between");
  const auto second = cluster->take_backup({"--label", "before the upgrade"});
  cluster->primary().archive_current_segment();

  const auto text = printed();
  EXPECT_THAT(text, HasSubstr(first));
  EXPECT_THAT(text, HasSubstr(second));
  EXPECT_THAT(text, HasSubstr("You can restore to any moment from "));
  EXPECT_THAT(text, HasSubstr("basebackup restore --pgdata DIR"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);

  const auto backups = listed().at("backups");
  ASSERT_EQ(backups.size(), 2U);
  std::vector<std::string> ids;
  for (const auto& backup : backups) ids.push_back(backup.at("id"));
  EXPECT_THAT(ids, ::testing::UnorderedElementsAre(first, second));
  EXPECT_THAT(backups.dump(), HasSubstr("before the upgrade"));
}

// A quiet server: nothing ends after the newest backup's end, for recovery to stop at.
TEST_F(List, PromisesNoMomentThatRestoreRefuses) {
  cluster->take_backup();
  commit(cluster->primary(), "kept");
  cluster->take_backup();
  cluster->primary().archive_current_segment();
  const std::string end = listed().at("window").at("end");
  const auto server = cluster->restored({"--target-time", end});
  server->wait_until_paused();
  EXPECT_EQ(rows(*server), "kept");
}

TEST_F(List, NamesTheSegmentsThatAreMissing) {
  cluster->take_backup();
  commit(cluster->primary(), "one");
  const auto hole = cluster->primary().archive_current_segment();
  commit(cluster->primary(), "two");
  cluster->primary().archive_current_segment();
  cluster->store().remove(cluster->segment_object(hole));
  EXPECT_THAT(printed(), HasSubstr(hole));
  EXPECT_THAT(listed().dump(), HasSubstr(hole));
}

TEST_F(List, EndsWithACommandThatCanBePasted) {
  cluster->take_backup();
  commit(cluster->primary(), "one");
  cluster->primary().archive_current_segment();
  const auto text = must_succeed(cluster->basebackup({"list", "--fetch-deadline", "7s"})).out;
  EXPECT_THAT(text, HasSubstr("\n  basebackup restore --fetch-deadline 7s --pgdata DIR"));
}

TEST_F(List, RefusesASystemThatTheArchiveDoesNotHave) {
  const auto outcome = run(cluster->basebackup({"list", "--system-id", "5"}));
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr(cluster->primary().system_identifier()));
}

TEST_F(List, FitsIn100Columns) {
  cluster->take_backup();
  cluster->primary().archive_current_segment();
  std::istringstream text(printed());
  std::string line;
  std::getline(text, line);  // names the store, whose path is as long as it is
  while (std::getline(text, line)) EXPECT_LE(line.size(), 100U) << line;
}

}  // namespace
}  // namespace walden::testing
