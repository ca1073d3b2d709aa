// A copy beside the living source must not write into the source's archive.
#include <gtest/gtest.h>

#include "tests/scenarios/archived_cluster.h"
#include "tests/scenarios/observations.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

class RestoredCopy : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER();
    cluster = std::make_unique<ArchivedCluster>();
    cluster->take_backup();
    commit(cluster->primary(), "kept");
    cluster->primary().archive_current_segment();
    cluster->primary().stop();
  }

  std::unique_ptr<ArchivedCluster> cluster;
};

TEST_F(RestoredCopy, ThatPromotesAddsNothingToTheArchive) {
  const auto before = cluster->store().objects();
  const auto server = cluster->restored();
  server->wait_until_open();
  commit(*server, "copy");
  server->switch_wal();
  server->stop();  // a fast shutdown waits for a last round of the archiver
  EXPECT_EQ(cluster->store().objects(), before);
}

TEST_F(RestoredCopy, WithArchiveGoesOnWithItsOwnTimeline) {
  const auto before = cluster->store().objects();
  const auto server = cluster->restored({"--archive"});
  server->wait_until_open();
  commit(*server, "successor");
  const auto segment = server->archive_current_segment();
  EXPECT_EQ(segment.substr(0, 8), "00000002");
  EXPECT_TRUE(cluster->store().exists(cluster->segment_object(segment)));
  EXPECT_TRUE(cluster->store().exists(cluster->history_object("00000002")));
  EXPECT_GT(cluster->store().objects().size(), before.size());
}

TEST_F(RestoredCopy, IsPlannedWithoutTouchingAnything) {
  const auto before = listing(cluster->folder());
  const auto outcome = run(cluster->restore_command(cluster->folder() / "copy", {"--plan"}));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, ::testing::HasSubstr("Nothing was changed."));
  EXPECT_EQ(listing(cluster->folder()), before);
}

TEST_F(RestoredCopy, SaysHowToStartIt) {
  const fs::path pgdata = cluster->folder() / "copy";
  const auto outcome = must_succeed(cluster->restore_command(pgdata));
  EXPECT_THAT(outcome.out, ::testing::HasSubstr("pg_ctl -D " + pgdata.string()));
}

}  // namespace
}  // namespace walden::testing
