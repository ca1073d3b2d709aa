#include "basebackup/changed_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/basebackup/sample_backup.h"

namespace walden {
namespace {

using ::testing::HasSubstr;

class ChangedBlocksOf : public ::testing::Test {
 protected:
  ChangedBlocksOf() {
    earlier_.timeline = 1;
    earlier_.start = Lsn{0x3000028};
    earlier_.stop = Lsn{0x5000100};
    earlier_.checksum_failures.clear();
    server_.timeline = 1;
    server_.data_checksums = "on";
    history_ = TimelineHistory::without_parents(1);
  }

  // Timeline 2, begun at `at`.
  void promote(const std::string& at) {
    server_.timeline = 2;
    history_ = TimelineHistory::parse(2, "1\t" + at + "\tno recovery target specified\n").value();
  }
  std::string why(const std::string& checksums = "on") {
    return why_all_blocks(earlier_, checksums, server_, history_);
  }

  BackupSummary earlier_ = testing::sample_summary();
  ServerFacts server_;
  std::optional<TimelineHistory> history_;
};

TEST_F(ChangedBlocksOf, AreAskedForOnTheSameTimeline) {
  EXPECT_EQ(why(), "");
  history_.reset();
  EXPECT_EQ(why(), "");
}

TEST_F(ChangedBlocksOf, AreAskedForAcrossAForkBehindTheBackup) {
  promote("0/5000100");
  EXPECT_EQ(why(), "");
}

TEST_F(ChangedBlocksOf, AreNotAskedForAcrossAForkWithinTheBackup) {
  promote("0/50000FF");
  EXPECT_THAT(why(), HasSubstr("ended at 0/5000100 on timeline 1, which is not on the way to"));
}

TEST_F(ChangedBlocksOf, AreNotAskedForOnATimelineOfUnknownHistory) {
  server_.timeline = 2;
  history_.reset();
  EXPECT_NE(why(), "");
  server_.timeline = 1;
  earlier_.timeline = 2;
  EXPECT_NE(why(), "");
}

TEST_F(ChangedBlocksOf, AreNotAskedForWherePagesWereRewrittenForTheirChecksums) {
  EXPECT_THAT(why("off"), HasSubstr("data_checksums was off"));
  EXPECT_THAT(why(""), HasSubstr("is not known here"));
  server_.data_checksums = "off";
  EXPECT_EQ(why("off"), "");
}

TEST_F(ChangedBlocksOf, AreNotAskedForWhereThatBackupHoldsDamage) {
  earlier_.checksum_failures = {"checksum verification failed"};
  EXPECT_THAT(why(), HasSubstr("holds damaged pages"));
}

TEST(FilesThatMayComeAsBlocks, AreThoseOfRelationsWithoutTheirVisibilityMaps) {
  for (const char* path : {"base/5/1259", "base/5/1259.1", "global/1260", "base/5/1259_init",
                           "pg_tblspc/16384/PG_17_202406281/5/16385.12"}) {
    EXPECT_TRUE(may_come_as_blocks(path)) << path;
  }
  for (const char* path : {"base/5/1259_vm", "base/5/1259_vm.1", "global/1260_vm", "pg_xact/0000",
                           "pg_tblspc/16384/PG_17_202406281/5/16385_vm", "PG_VERSION"}) {
    EXPECT_FALSE(may_come_as_blocks(path)) << path;
  }
}

}  // namespace
}  // namespace walden
