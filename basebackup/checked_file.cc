#include "basebackup/checked_file.h"

#include <algorithm>

namespace walden {

CheckedFile::CheckedFile(Verification& verification, const Advance& advance, FileRecord file)
    : verification_(verification),
      advance_(advance),
      file_(std::move(file)),
      how_(PieceDigests::suffice(file_) ? How::by_pieces
           : file_.size <= kSmallFile   ? How::whole
                                        : How::in_order),
      digests_(file_),
      hasher_(file_.digest.kind) {}

// What lies between two pieces are zeros.
void CheckedFile::zeros_until(std::uint64_t offset) {
  static const Buffer zeros(kChunkSize);
  while (hashed_ < offset) {
    const auto part = ByteView(zeros).first(std::min<std::uint64_t>(kChunkSize, offset - hashed_));
    hasher_.update(part);
    hashed_ += part.size();
  }
}

Result<> CheckedFile::take(std::uint64_t offset, ByteView bytes) {
  advance_(bytes.size());
  switch (how_) {
    case How::by_pieces:
      digests_.take(offset, bytes);
      break;
    case How::whole:
      content_.resize(file_.size);
      std::ranges::copy(bytes, content_.begin() + static_cast<std::ptrdiff_t>(offset));
      break;
    case How::in_order:
      zeros_until(offset);
      hasher_.update(bytes);
      hashed_ += bytes.size();
      break;
  }
  return {};
}

Result<> CheckedFile::lost(const PackRecord& pack, const Error& why) {
  incomplete_ = true;
  return verification_.note(pack.object, why);
}

Result<ContentDigest> CheckedFile::digest() {
  if (how_ == How::in_order) {
    zeros_until(file_.size);
    return hasher_.finish();
  }
  if (how_ == How::whole) {
    content_.resize(file_.size);
    return ContentHasher::of(file_.digest.kind, content_);
  }
  return digests_.finish([](std::uint64_t, std::span<std::uint8_t> into) -> Result<> {
    std::ranges::fill(into, 0);  // only zeros are in no piece
    return {};
  });
}

Result<> CheckedFile::finish() {
  if (incomplete_) return {};
  verification_.add_file(file_.size, file_.digest.kind != ContentDigest::Kind::none);
  if (TRY(digest()) != file_.digest) {
    verification_.found(file_.path, "its content is not what the manifest says");
  }
  return {};
}

}  // namespace walden
