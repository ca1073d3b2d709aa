#include "basebackup/piece_digests.h"

#include <algorithm>
#include <utility>

namespace walden {
namespace {

using Kind = ContentDigest::Kind;

std::uint64_t chunk_size(std::uint64_t file_size, std::uint64_t index) {
  return std::min<std::uint64_t>(kChunkSize, file_size - index * kChunkSize);
}

std::size_t digests_of(const FileRecord& file) {
  if (file.digest.kind == Kind::none) return 0;
  if (file.digest.kind == Kind::sha256) return 1;
  return (file.size + kChunkSize - 1) / kChunkSize;
}

const Digest& chunk_of_zeros() {
  static const Digest digest = Sha256::of(Buffer(kChunkSize));
  return digest;
}

}  // namespace

PieceDigests::PieceDigests(const FileRecord& file)
    : file_(file), chunks_(digests_of(file)), known_(chunks_.size()) {
  if (file.digest.kind != Kind::chunked) return;
  std::uint64_t offset = 0;
  for (const FileRun& run : file.runs) {
    const std::uint64_t end = offset + run.length;
    if (run.pack == kZeros) {
      for (std::uint64_t i = (offset + kChunkSize - 1) / kChunkSize; (i + 1) * kChunkSize <= end;
           ++i) {
        chunks_[i] = chunk_of_zeros();
        known_[i] = 1;
      }
    }
    offset = end;
  }
}

void PieceDigests::take(std::uint64_t offset, ByteView bytes) {
  if (file_.digest.kind == Kind::none) return;
  if (file_.digest.kind == Kind::sha256) {
    if (bytes.size() != file_.size) return;
    chunks_[0] = Sha256::of(bytes);
    known_[0] = 1;
    return;
  }
  const std::uint64_t index = offset / kChunkSize;
  if (offset % kChunkSize != 0 || bytes.size() != chunk_size(file_.size, index)) return;
  chunks_[index] = Sha256::of(bytes);
  known_[index] = 1;
}

Result<Digest> PieceDigests::chunk(std::size_t index, const Read& read, Buffer& buffer) {
  if (known_[index] != 0) return chunks_[index];
  buffer.resize(chunk_size(file_.size, index));
  TRY(read(index * kChunkSize, buffer));
  return Sha256::of(buffer);
}

Result<ContentDigest> PieceDigests::from_the_file(const Read& read) const {
  ContentHasher hasher(file_.digest.kind);
  Buffer buffer;
  for (std::uint64_t offset = 0; offset < file_.size; offset += buffer.size()) {
    buffer.resize(std::min<std::uint64_t>(kChunkSize, file_.size - offset));
    TRY(read(offset, buffer));
    hasher.update(buffer);
  }
  return hasher.finish();
}

Result<ContentDigest> PieceDigests::finish(const Read& read) {
  const Kind kind = file_.digest.kind;
  if (kind == Kind::none) return ContentDigest{};
  if (kind == Kind::sha256) {
    if (known_[0] != 0) return ContentDigest{.kind = kind, .value = chunks_[0]};
    return from_the_file(read);
  }
  Sha256 all;
  Buffer buffer;
  for (std::size_t index = 0; index < chunks_.size(); ++index) {
    all.update(TRY(chunk(index, read, buffer)));
  }
  return ContentDigest{.kind = kind, .value = all.finish()};
}

// A run that begins a frame comes in pieces of a frame, each a chunk, and a last one.
bool PieceDigests::suffice(const FileRecord& file) {
  if (file.digest.kind == Kind::none) return true;
  if (file.digest.kind == Kind::sha256) {
    return file.runs.size() == 1 && file.runs[0].pack != kZeros &&
           file.runs[0].offset + file.runs[0].length <= kFrameSize;
  }
  std::uint64_t offset = 0;
  return std::ranges::all_of(file.runs, [&](const FileRun& run) {
    const std::uint64_t begin = std::exchange(offset, offset + run.length);
    return begin % kChunkSize == 0 && run.offset == 0 &&
           (offset % kChunkSize == 0 || offset == file.size);
  });
}

}  // namespace walden
