#include "common/postgres/incremental_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/bytes/little_endian.h"

namespace walden {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint32_t kBlock = 8192;
constexpr std::uint32_t kSegment = 6000;  // blocks

Buffer member(const std::vector<std::uint32_t>& blocks, std::uint32_t magic = 0xd3ae1f0d,
              std::uint32_t truncation_length = 100) {
  Buffer bytes;
  append_le(bytes, magic);
  append_le(bytes, static_cast<std::uint32_t>(blocks.size()));
  append_le(bytes, truncation_length);
  for (const auto block : blocks) append_le(bytes, block);
  if (!blocks.empty()) bytes.resize((bytes.size() + kBlock - 1) / kBlock * kBlock);
  for (const auto block : blocks)
    bytes.insert(bytes.end(), kBlock, static_cast<std::uint8_t>(block));
  return bytes;
}

struct Read {
  Result<BlockChanges> changes;
  Buffer blocks;
};

Read read(ByteView bytes, std::uint64_t size, std::size_t step) {
  BufferSink blocks(std::size_t{1} << 30U);
  IncrementalFileReader reader({.size = kBlock, .in_a_segment = kSegment}, size, blocks);
  while (!bytes.empty()) {
    const auto piece = bytes.first(std::min(step, bytes.size()));
    if (const auto taken = reader.write(piece); !taken) {
      return {std::unexpected(taken.error()), {}};
    }
    bytes = bytes.subspan(piece.size());
  }
  return {reader.finish(), blocks.take()};
}

TEST(IncrementalFile, TellsItsBlocksWhateverThePieces) {
  const Buffer bytes = member({3, 4, 200});
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{8192}, bytes.size()}) {
    const auto got = read(bytes, bytes.size(), step);
    ASSERT_TRUE(got.changes) << step;
    EXPECT_THAT(got.changes->blocks, ElementsAre(3, 4, 200));
    EXPECT_EQ(got.changes->truncation_length, 100U);
    EXPECT_EQ(got.changes->file_size(), 201U * kBlock);
    ASSERT_EQ(got.blocks.size(), 3 * kBlock);
    EXPECT_EQ(got.blocks[2 * kBlock], 200);
  }
}

TEST(IncrementalFile, MayHaveNoBlocks) {
  const Buffer bytes = member({});
  EXPECT_EQ(bytes.size(), 12U);
  const auto got = read(bytes, bytes.size(), 5);
  ASSERT_TRUE(got.changes);
  EXPECT_THAT(got.changes->blocks, IsEmpty());
  EXPECT_EQ(got.changes->file_size(), 100U * kBlock);
}

// More numbers than a block holds.
TEST(IncrementalFile, MayHaveAHeaderOfSeveralBlocks) {
  std::vector<std::uint32_t> blocks;
  for (std::uint32_t i = 0; i < 3000; ++i) blocks.push_back(2 * i);
  const Buffer bytes = member(blocks);
  const auto got = read(bytes, bytes.size(), 1000);
  ASSERT_TRUE(got.changes);
  EXPECT_EQ(got.changes->blocks, blocks);
  EXPECT_EQ(got.blocks.size(), 3000U * kBlock);
}

// Servers before 17.8 and 18.2 tell of a relation of several segments that was truncated by its
// whole length.
TEST(IncrementalFile, OfOneSegmentIsNeverLongerThanThat) {
  const Buffer bytes = member({3}, 0xd3ae1f0d, kSegment + 1000);
  const auto got = read(bytes, bytes.size(), 100);
  ASSERT_TRUE(got.changes);
  EXPECT_EQ(got.changes->truncation_length, kSegment);
  EXPECT_EQ(got.changes->file_size(), std::uint64_t{kSegment} * kBlock);
}

TEST(IncrementalFile, IsRefusedWithBlocksBehindItsSegment) {
  const Buffer last = member({kSegment - 1});
  EXPECT_TRUE(read(last, last.size(), 100).changes);
  const Buffer behind = member({3, kSegment});
  const auto got = read(behind, behind.size(), 100);
  ASSERT_FALSE(got.changes);
  EXPECT_THAT(got.changes.error().remedy, ::testing::HasSubstr("--full"));
}

TEST(IncrementalFile, IsRefusedInAnotherShape) {
  const Buffer good = member({3, 4});
  EXPECT_FALSE(read(member({3, 4}, 0xd3ae1f0e), good.size(), 100).changes);
  EXPECT_FALSE(read(member({4, 3}), good.size(), 100).changes);
  EXPECT_FALSE(read(member({4, 4}), good.size(), 100).changes);
  EXPECT_FALSE(read(good, good.size() + 1, 100).changes);
  EXPECT_FALSE(read(good, good.size() - kBlock, 100).changes);
  EXPECT_FALSE(read(ByteView(good).first(11), good.size(), 100).changes);
  EXPECT_FALSE(read(ByteView(good).first(100), good.size(), 100).changes);
  EXPECT_FALSE(read({}, 0, 100).changes);
}

}  // namespace
}  // namespace walden
