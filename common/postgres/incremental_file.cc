#include "common/postgres/incremental_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/bytes/little_endian.h"

namespace walden {
namespace {

constexpr std::uint32_t kMagic = 0xd3ae1f0dU;
constexpr std::size_t kStart = 12;

std::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorKind::corrupt,
              fmt::format("cannot read an incremental file that the server sent: {}", why),
              "Take the backup with --full; if the server is newer than this Walden, upgrade it.");
}

}  // namespace

std::uint64_t BlockChanges::file_size() const {
  const std::uint64_t behind = blocks.empty() ? 0 : std::uint64_t{blocks.back()} + 1;
  return std::max<std::uint64_t>(truncation_length, behind) * block_size;
}

Result<> IncrementalFileReader::write(ByteView bytes) {
  while (!complete_ && !bytes.empty()) {
    const ByteView part = bytes.first(std::min(bytes.size(), header_size_ - header_.size()));
    header_.insert(header_.end(), part.begin(), part.end());
    bytes = bytes.subspan(part.size());
    if (header_.size() == header_size_) TRY(started_ ? read_numbers() : read_start());
  }
  return bytes.empty() ? Result<>() : blocks_.write(bytes);
}

Result<> IncrementalFileReader::read_start() {
  started_ = true;
  if (load_le<std::uint32_t>(header_, 0) != kMagic) return refuse("it begins with another magic");
  const std::uint64_t count = load_le<std::uint32_t>(header_, 4);
  // Of a relation that was cut off in a later segment those servers tell the place in the relation.
  changes_.truncation_length = std::min(load_le<std::uint32_t>(header_, 8), layout_.in_a_segment);
  if (count > layout_.in_a_segment) return refuse("it has more blocks than a segment");
  const std::uint64_t numbers = kStart + count * sizeof(std::uint32_t);
  const std::uint64_t block = changes_.block_size;
  const std::uint64_t padded = count == 0 ? kStart : (numbers + block - 1) / block * block;
  if (padded + count * block != size_) return refuse("its size does not fit its blocks");
  changes_.blocks.resize(count);
  header_size_ = static_cast<std::size_t>(padded);
  return header_size_ == kStart ? read_numbers() : Result<>();
}

Result<> IncrementalFileReader::read_numbers() {
  complete_ = true;
  auto& blocks = changes_.blocks;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    blocks[i] = load_le<std::uint32_t>(header_, kStart + i * sizeof(std::uint32_t));
    if (i > 0 && blocks[i] <= blocks[i - 1]) return refuse("its blocks are not in order");
  }
  if (!blocks.empty() && blocks.back() >= layout_.in_a_segment) {
    return refuse("it has a block behind the end of its segment");
  }
  return {};
}

Result<BlockChanges> IncrementalFileReader::finish() {
  if (!complete_) return refuse("it is cut off");
  return std::move(changes_);
}

}  // namespace walden
