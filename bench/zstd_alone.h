// What the pipeline is measured against: the same zstd level on the same threads, and nothing else.
#pragma once

#include <vector>

#include "common/bytes/bytes.h"

namespace walden::bench {

// Independent frames of 1 MiB, as Walden makes them. The frames.
[[nodiscard]] std::vector<Buffer> zstd_frames(ByteView file, int level, unsigned threads);

// The whole file as one stream, on zstd's own threads. The stored size.
[[nodiscard]] std::size_t zstd_stream(ByteView file, int level, unsigned threads);

// Back to plaintext. The size of the plaintext.
[[nodiscard]] std::size_t unzstd_frames(const std::vector<Buffer>& frames, unsigned threads);

}  // namespace walden::bench
