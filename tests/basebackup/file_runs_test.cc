#include "basebackup/file_runs.h"

#include <gtest/gtest.h>

namespace walden {

static bool operator==(const FileRun& a, const FileRun& b) {
  return a.pack == b.pack && a.frame == b.frame && a.offset == b.offset && a.length == b.length;
}

namespace {

constexpr std::uint32_t kBlock = 8192;

TEST(FileRuns, AreJoinedWhereOneGoesOnFromTheOther) {
  FileRuns runs;
  append_run(runs, {.pack = 1, .frame = 2, .offset = 100, .length = kFrameSize - 100});
  append_run(runs, {.pack = 1, .frame = 3, .offset = 0, .length = 5});
  append_run(runs, {.pack = 1, .frame = 3, .offset = 5, .length = 5});
  EXPECT_EQ(runs, (FileRuns{{.pack = 1, .frame = 2, .offset = 100, .length = kFrameSize - 90}}));
}

// The frame may have been ended before it was full.
TEST(FileRuns, AreNotJoinedAcrossAFrameThatIsNotFull) {
  FileRuns runs;
  append_run(runs, {.pack = 1, .frame = 2, .offset = 0, .length = 300});
  append_run(runs, {.pack = 1, .frame = 3, .offset = 0, .length = 300});
  append_run(runs, {.pack = 2, .frame = 3, .offset = 300, .length = 300});
  EXPECT_EQ(runs.size(), 3U);
}

TEST(FileRuns, AreCutInTheMiddleOfAFrame) {
  const FileRuns runs{{.pack = 1, .frame = 2, .offset = 100, .length = 3 * kFrameSize},
                      {.pack = 4, .frame = 0, .offset = 0, .length = 50}};
  EXPECT_EQ(slice_runs(runs, kFrameSize, 10),
            (FileRuns{{.pack = 1, .frame = 3, .offset = 100, .length = 10}}));
  EXPECT_EQ(slice_runs(runs, 3 * kFrameSize - 5, 10),
            (FileRuns{{.pack = 1, .frame = 5, .offset = 95, .length = 5},
                      {.pack = 4, .frame = 0, .offset = 0, .length = 5}}));
  EXPECT_EQ(slice_runs(runs, 3 * kFrameSize + 45, 100),
            (FileRuns{{.pack = 4, .frame = 0, .offset = 45, .length = 5}}));
  EXPECT_TRUE(slice_runs(runs, 4 * kFrameSize, 1).empty());
}

// PostgreSQL's rules: pg_combinebackup, reconstruct.c.
TEST(OverlaidBlocks, ComeFromWhatWasSentElseFromEarlierElseAreZeros) {
  const FileRuns earlier{{.pack = 1, .frame = 0, .offset = 0, .length = 4 * kBlock}};
  const FileRuns sent{{.pack = 2, .frame = 7, .offset = 64, .length = 2 * kBlock}};
  const BlockChanges changes{.block_size = kBlock, .truncation_length = 3, .blocks = {1, 5}};
  EXPECT_EQ(changes.file_size(), 6U * kBlock);
  EXPECT_EQ(overlay_blocks(earlier, 4 * kBlock, changes, sent),
            (FileRuns{{.pack = 1, .frame = 0, .offset = 0, .length = kBlock},
                      {.pack = 2, .frame = 7, .offset = 64, .length = kBlock},
                      {.pack = 1, .frame = 0, .offset = 2 * kBlock, .length = kBlock},
                      {.pack = 0, .frame = 0, .offset = 0, .length = 2 * kBlock},
                      {.pack = 2, .frame = 7, .offset = 64 + kBlock, .length = kBlock}}));
}

TEST(OverlaidBlocks, ThatWereNeverWrittenAreZeros) {
  const FileRuns earlier{{.pack = 1, .frame = 0, .offset = 0, .length = kBlock + 100}};
  const BlockChanges changes{.block_size = kBlock, .truncation_length = 3, .blocks = {}};
  EXPECT_EQ(overlay_blocks(earlier, kBlock + 100, changes, {}),
            (FileRuns{{.pack = 1, .frame = 0, .offset = 0, .length = kBlock},
                      {.pack = 0, .frame = 0, .offset = 0, .length = 2 * kBlock}}));
}

TEST(OverlaidBlocks, OfAFileThatWasCutOff) {
  const FileRuns earlier{{.pack = 1, .frame = 0, .offset = 0, .length = 4 * kBlock}};
  const BlockChanges none{.block_size = kBlock, .truncation_length = 0, .blocks = {}};
  EXPECT_TRUE(overlay_blocks(earlier, 4 * kBlock, none, {}).empty());
}

}  // namespace
}  // namespace walden
