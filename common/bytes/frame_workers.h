// What a thread does with a frame: compress and seal it, or open and decompress it.
#pragma once

#include "common/bytes/digest_in_order.h"
#include "common/bytes/frame_cipher.h"
#include "common/bytes/frame_compressor.h"
#include "common/bytes/ordered_frames.h"

namespace walden {

inline constexpr std::size_t kLengthWordSize = sizeof(std::uint32_t);

// in: plaintext. out: the stored frame, its length word included.
class FrameSealer final : public FrameWorker {
 public:
  // Both must outlive it. What it seals is added to `plaintext`, for which the order of delivery
  // keeps it long enough.
  [[nodiscard]] static Result<std::unique_ptr<FrameWorker>> create(const ObjectKeys& keys,
                                                                   int compression_level,
                                                                   DigestInOrder& plaintext);
  [[nodiscard]] Result<> run(FrameJob& job) override;

 private:
  FrameSealer(FrameCompressor compressor, FrameCipher cipher, DigestInOrder& plaintext)
      : compressor_(std::move(compressor)), cipher_(std::move(cipher)), plaintext_(plaintext) {}

  FrameCompressor compressor_;
  FrameCipher cipher_;
  DigestInOrder& plaintext_;
};

// in: the stored frame without its length word; it is overwritten. out: plaintext.
class FrameUnsealer final : public FrameWorker {
 public:
  [[nodiscard]] static Result<std::unique_ptr<FrameWorker>> create(const ObjectKeys& keys,
                                                                   std::uint32_t frame_size);
  [[nodiscard]] Result<> run(FrameJob& job) override;

 private:
  FrameUnsealer(std::uint32_t frame_size, FrameDecompressor decompressor, FrameCipher cipher)
      : frame_size_(frame_size),
        decompressor_(std::move(decompressor)),
        cipher_(std::move(cipher)) {}
  [[nodiscard]] Result<std::size_t> open(FrameJob& job);

  std::uint32_t frame_size_;
  FrameDecompressor decompressor_;
  FrameCipher cipher_;
};

}  // namespace walden
