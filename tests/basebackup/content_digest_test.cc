#include "basebackup/content_digest.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

using Kind = ContentDigest::Kind;

Buffer content_of(std::size_t size) {
  Buffer bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  return bytes;
}

// As docs/manifest.md says it, in one go.
Digest chunks_of(ByteView content) {
  Buffer digests;
  for (; !content.empty(); content = content.subspan(std::min(content.size(), kChunkSize))) {
    const Digest chunk = Sha256::of(content.first(std::min(content.size(), kChunkSize)));
    digests.insert(digests.end(), chunk.begin(), chunk.end());
  }
  return Sha256::of(digests);
}

TEST(ContentHasher, DoesNotDependOnThePiecesThatItGets) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kChunkSize - 1, kChunkSize,
                                 kChunkSize + 1, 3 * kChunkSize}) {
    const Buffer content = content_of(size);
    ContentHasher hasher(Kind::chunked);
    for (ByteView rest = content; !rest.empty();
         rest = rest.subspan(std::min(rest.size(), std::size_t{100'003}))) {
      hasher.update(rest.first(std::min(rest.size(), std::size_t{100'003})));
    }
    EXPECT_EQ(hasher.finish().value, chunks_of(content)) << size;
  }
}

TEST(ContentHasher, IsReadyForAnotherContent) {
  for (const Kind kind : {Kind::sha256, Kind::chunked}) {
    ContentHasher hasher(kind);
    hasher.update(content_of(kChunkSize + 5));
    (void)hasher.finish();
    hasher.update(bytes_of("orders"));
    EXPECT_EQ(hasher.finish(), ContentHasher::of(kind, bytes_of("orders")));
  }
}

TEST(ContentHasher, OfContentWithoutADigestSaysNothing) {
  EXPECT_EQ(ContentHasher::of(Kind::none, bytes_of("a")),
            ContentHasher::of(Kind::none, bytes_of("b")));
}

}  // namespace
}  // namespace walden
