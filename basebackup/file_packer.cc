#include "basebackup/file_packer.h"

#include <algorithm>
#include <utility>

namespace walden {

Result<> FilePacker::begin(std::uint64_t expected_size, const FileEntry* before) {
  before_ = before;
  return packs_.begin_file(before == nullptr ? expected_size : 0);
}

Result<> FilePacker::write(ByteView content) {
  while (!content.empty()) {
    const ByteView part = content.first(std::min(content.size(), kChunkSize - in_chunk_));
    TRY(take(part));
    content = content.subspan(part.size());
  }
  return {};
}

Result<> FilePacker::take(ByteView part) {
  chunk_digest_.update(part);
  in_chunk_ += part.size();
  packed_.size += part.size();
  if (before_ == nullptr) {
    TRY(packs_.write(part));
  } else {
    chunk_.insert(chunk_.end(), part.begin(), part.end());
  }
  return in_chunk_ == kChunkSize ? end_chunk() : Result<>();
}

Result<> FilePacker::end_chunk() {
  const Digest digest = chunk_digest_.finish();
  digest_of_chunks_.update(digest);
  if (before_ != nullptr) TRY(place_chunk(digest));
  if (packed_.chunks.size() < kMaxChunks) packed_.chunks.push_back(digest);
  ++chunks_done_;
  in_chunk_ = 0;
  chunk_.clear();
  return {};
}

Result<> FilePacker::place_chunk(const Digest& digest) {
  const FileRuns there = stored_already(digest);
  if (there.empty()) {
    TRY(packs_.begin_part(chunk_.size()));
    return packs_.write(chunk_);
  }
  for (const FileRun& run : there) packs_.refer(run);
  referred_ += chunk_.size();
  return {};
}

// The same bytes at the same place of the same file: else nothing.
FileRuns FilePacker::stored_already(const Digest& digest) const {
  if (chunks_done_ >= before_->chunks.size() || before_->chunks[chunks_done_] != digest) {
    return {};
  }
  FileRuns runs = slice_runs(before_->file.runs, chunks_done_ * kChunkSize, chunk_.size());
  std::uint64_t length = 0;
  for (const FileRun& run : runs) length += run.length;
  if (length != chunk_.size() || !std::ranges::all_of(runs, may_refer_)) return {};
  return runs;
}

Result<FilePacker::Packed> FilePacker::end() {
  if (in_chunk_ > 0) TRY(end_chunk());
  packed_.digest = {.kind = ContentDigest::Kind::chunked, .value = digest_of_chunks_.finish()};
  packed_.runs = packs_.end_file();
  chunks_done_ = 0;
  before_ = nullptr;
  return std::exchange(packed_, {});
}

}  // namespace walden
