// zstd, one frame in one call. Each thread has one of these and uses its memory again and again.
#pragma once

#include <memory>

#include "common/bytes/bytes.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace walden {

class FrameCompressor {
 public:
  [[nodiscard]] static Result<FrameCompressor> create(int level);

  // Room that compress() needs for this much plaintext, whatever it holds.
  [[nodiscard]] static std::size_t bound(std::size_t plaintext_size);

  // Returns how much of `out` was used.
  [[nodiscard]] Result<std::size_t> compress(ByteView plaintext, std::span<std::uint8_t> out);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

class FrameDecompressor {
 public:
  [[nodiscard]] static Result<FrameDecompressor> create();

  // Exactly one zstd frame that states its size, which is 1 to `limit`: anything else is corrupt.
  // `out` grows where it must and never shrinks. Returns how much of it was used.
  [[nodiscard]] Result<std::size_t> decompress(ByteView compressed, std::size_t limit, Buffer& out);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace walden
