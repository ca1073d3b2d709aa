// What proves the content of a backed-up file as a whole.
#pragma once

#include <cstddef>

#include "common/bytes/sha256.h"

namespace walden {

// How much of a file one digest covers: the frame of a large file, so that one pass over the bytes
// serves the file's digest and the search for unchanged frames.
inline constexpr std::size_t kChunkSize = std::size_t{1} << 20U;

struct ContentDigest {
  enum class Kind {
    sha256,   // of the content; what version 1 of the manifest has
    chunked,  // SHA-256 over the SHA-256 of each chunk; of an empty file that of no bytes
    none,     // put together from several backups' blocks: only each frame's tag proves them
  };
  Kind kind = Kind::none;
  Digest value{};  // zeros where there is none

  friend bool operator==(const ContentDigest&, const ContentDigest&) = default;
};

// Takes a content in pieces of any size.
class ContentHasher {
 public:
  explicit ContentHasher(ContentDigest::Kind kind) : kind_(kind) {}

  void update(ByteView bytes);
  [[nodiscard]] ContentDigest finish();  // once; ready for a new content afterwards

  [[nodiscard]] static ContentDigest of(ContentDigest::Kind kind, ByteView content);

 private:
  void end_chunk();

  ContentDigest::Kind kind_;
  Sha256 digest_;             // of the content, or of the chunk that is being filled
  Sha256 chunks_;             // of the digests of the full ones
  std::size_t in_chunk_ = 0;  // bytes
};

}  // namespace walden
