// A member INCREMENTAL.<name> of an incremental backup (backup/basebackup_incremental.c, 17+): the
// blocks of a relation's segment that have changed, little-endian:
//
//   u32 magic | u32 count | u32 truncation length in blocks | u32 block number, count times
//   zeros up to a whole block, if there are any blocks | the blocks
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/bytes/bytes.h"

namespace walden {

// How the server cuts a relation.
struct BlockLayout {
  std::uint32_t size = 0;          // of a block, bytes
  std::uint32_t in_a_segment = 0;  // blocks; no file of a relation is longer
};

// What such a file says, without the blocks' content.
struct BlockChanges {
  std::uint32_t block_size = 0;         // bytes
  std::uint32_t truncation_length = 0;  // blocks: nothing earlier counts from here on. At most a
                                        // segment: servers before 17.8 and 18.2 send more
  std::vector<std::uint32_t> blocks;    // those that were sent, in ascending order

  [[nodiscard]] std::uint64_t file_size() const;  // bytes, of the file as it is now
};

inline constexpr std::string_view kIncrementalPrefix = "INCREMENTAL.";

class IncrementalFileReader final : public ByteSink {
 public:
  // `size`: of the whole member, in bytes; no count is believed that does not fit it. The blocks go
  // to `blocks`, one after the other.
  IncrementalFileReader(const BlockLayout& layout, std::uint64_t size, ByteSink& blocks)
      : layout_(layout), size_(size), blocks_(blocks) {
    changes_.block_size = layout.size;
  }

  [[nodiscard]] Result<> write(ByteView bytes) override;
  // Once, after the last byte. ErrorKind::corrupt for a member of another shape.
  [[nodiscard]] Result<BlockChanges> finish();

 private:
  [[nodiscard]] Result<> read_start();
  [[nodiscard]] Result<> read_numbers();

  BlockLayout layout_;
  std::uint64_t size_;
  ByteSink& blocks_;
  BlockChanges changes_;
  Buffer header_;                 // as far as it has come
  std::size_t header_size_ = 12;  // what is known of it
  bool started_ = false;          // its fixed part is read
  bool complete_ = false;         // and the rest
};

}  // namespace walden
