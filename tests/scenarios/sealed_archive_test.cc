// A primary that can write its archive and not read it: it holds public keys only.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class SealedArchive : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>(ClusterSetup{.sealed = true});
    commit(cluster->primary(), "very_recognisable_plaintext");
    id = cluster->take_backup();
    kept = commit(cluster->primary(), "kept");
    commit(cluster->primary(), "lost");
    segment = cluster->primary().archive_current_segment();
  }

  std::unique_ptr<ArchivedCluster> cluster;
  std::string id;
  std::string segment;
  Moment kept;
};

TEST_F(SealedArchive, IsRestoredWithTheKeyFile) {
  const auto server = cluster->restored({"--target-xid", kept.xid});
  server->wait_until_paused();
  EXPECT_EQ(rows(*server), "very_recognisable_plaintext kept");
}

TEST_F(SealedArchive, ShowsNoPlaintext) {
  for (const std::string& name : cluster->store().names()) {
    EXPECT_THAT(cluster->store().content(name), Not(HasSubstr("very_recognisable_plaintext")))
        << name;
  }
}

TEST_F(SealedArchive, IsNotReadableByThePrimary) {
  const fs::path pgdata = cluster->folder() / "copy";
  const auto before = listing(cluster->folder());
  const auto outcome =
      run(cluster->basebackup_on_primary({"restore", "--pgdata", pgdata, "--backup", id}));
  EXPECT_THAT(outcome, RefusedBecause("key"));
  EXPECT_EQ(listing(cluster->folder()), before);
}

TEST_F(SealedArchive, AcceptsTheSameSegmentAgainFromThePrimary) {
  auto& primary = cluster->primary();
  const auto before = cluster->store().objects(cluster->segment_object(segment));
  const fs::path status = primary.pgdata() / "pg_wal/archive_status" / segment;
  fs::rename(status.string() + ".done", status.string() + ".ready");
  commit(primary, "more");
  primary.archive_current_segment();  // wakes the archiver, which begins with the oldest
  primary.wait_until_archived(segment);
  const auto after = cluster->store().objects(cluster->segment_object(segment));
  for (const auto& line : before) EXPECT_THAT(after, Contains(line));
  EXPECT_EQ(primary.value("select failed_count from pg_stat_archiver"), "0");
}

TEST_F(SealedArchive, IsNotOpenedByAnotherKey) {
  const fs::path other = cluster->folder() / "other.key";
  must_succeed(cluster->basebackup({"keygen", other}));
  cluster->restoring_host()["WALDEN_KEY_FILE"] = other;
  const fs::path pgdata = cluster->folder() / "copy";
  EXPECT_THAT(run(cluster->restore_command(pgdata)), RefusedBecause("key"));
  EXPECT_FALSE(fs::exists(pgdata));
}

TEST_F(SealedArchive, OfAnUntrustedSignerIsRefused) {
  const auto other = must_succeed(
      cluster->basebackup({"keygen", "--signing", cluster->folder() / "other-signing.key"}));
  cluster->restoring_host()["WALDEN_TRUSTED_SIGNERS"] = other.out.substr(0, other.out.find('\n'));
  const fs::path pgdata = cluster->folder() / "copy";
  EXPECT_THAT(run(cluster->restore_command(pgdata)), RefusedBecause("sign"));
  EXPECT_FALSE(fs::exists(pgdata));
}

}  // namespace
}  // namespace walden::testing
