#include "basebackup/content_digest.h"

#include <algorithm>

namespace walden {

void ContentHasher::update(ByteView bytes) {
  if (kind_ == ContentDigest::Kind::none) return;
  if (kind_ == ContentDigest::Kind::sha256) return digest_.update(bytes);
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(bytes.size(), kChunkSize - in_chunk_));
    digest_.update(part);
    in_chunk_ += part.size();
    if (in_chunk_ == kChunkSize) end_chunk();
    bytes = bytes.subspan(part.size());
  }
}

void ContentHasher::end_chunk() {
  chunks_.update(digest_.finish());
  in_chunk_ = 0;
}

ContentDigest ContentHasher::finish() {
  if (kind_ == ContentDigest::Kind::none) return {};
  if (kind_ == ContentDigest::Kind::sha256) return {.kind = kind_, .value = digest_.finish()};
  if (in_chunk_ > 0) end_chunk();
  return {.kind = kind_, .value = chunks_.finish()};
}

ContentDigest ContentHasher::of(ContentDigest::Kind kind, ByteView content) {
  ContentHasher hasher(kind);
  hasher.update(content);
  return hasher.finish();
}

}  // namespace walden
