// `basebackup verify` finds what is damaged or missing, and names it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Verify : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
    auto& primary = cluster->primary();
    id = cluster->take_backup();
    commit(primary, "one");
    middle = primary.archive_current_segment();
    commit(primary, "two");
    primary.archive_current_segment();
    cluster->lose_primary();
  }

  Outcome verify(const Arguments& options = {}) {
    Arguments all = {"verify"};
    all.insert(all.end(), options.begin(), options.end());
    return run(cluster->basebackup(all));
  }

  void expect_found(const std::string& name) {
    const auto outcome = verify();
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.out + outcome.err, HasSubstr(name));
    const auto as_json = verify({"--json"});
    EXPECT_EQ(as_json.exit_code, 1);
    EXPECT_THAT(nlohmann::json::parse(as_json.out).dump(), HasSubstr(name));
  }

  std::unique_ptr<ArchivedCluster> cluster;
  std::string id;
  std::string middle;
};

TEST_F(Verify, SaysThatAWholeArchiveIsGoodAndChangesNothing) {
  const auto before = cluster->store().objects();
  const auto outcome = verify();
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(id));
  EXPECT_EQ(verify({"--json", "--backup", id}).exit_code, 0);
  auto after = cluster->store().objects();
  // What it found is on record, for `basebackup status`.
  std::erase_if(after, [](const auto& object) {
    return object.starts_with("orders/") && object.find("/verify/") != std::string::npos;
  });
  EXPECT_EQ(after, before);
}

TEST_F(Verify, HasReadNothingOfAFileThatIsNotThere) {
  const auto outcome = verify({"--wal", "000000010000000F00000001"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("read 0 WAL files"));
}

TEST_F(Verify, FindsAFlippedBitInAPack) {
  cluster->store().flip_a_bit(cluster->backup_object(id, "pack-0001"));
  expect_found("pack-0001");
}

TEST_F(Verify, FindsAMissingPack) {
  cluster->store().remove(cluster->backup_object(id, "pack-0001"));
  expect_found("pack-0001");
}

TEST_F(Verify, FindsAMissingSegment) {
  cluster->store().remove(cluster->segment_object(middle));
  expect_found(middle);
}

TEST_F(Verify, FindsAFlippedBitInASegment) {
  cluster->store().flip_a_bit(cluster->segment_object(middle));
  expect_found(middle);
}

TEST_F(Verify, FindsADamagedManifest) {
  cluster->store().flip_a_bit(cluster->backup_object(id, "manifest"));
  const auto outcome = verify();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out + outcome.err, HasSubstr(id));
}

TEST_F(Verify, OfABackupThatDoesNotExistIsAUsageError) {
  const auto outcome = verify({"--backup", "20010101T000000Z-tl1-0"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("20010101T000000Z-tl1-0"));
}

}  // namespace
}  // namespace walden::testing
