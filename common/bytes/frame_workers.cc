#include "common/bytes/frame_workers.h"

#include <fmt/format.h>

#include <cstring>

namespace walden {

Result<std::unique_ptr<FrameWorker>> FrameSealer::create(const ObjectKeys& keys,
                                                         int compression_level,
                                                         DigestInOrder& plaintext) {
  auto compressor = TRY(FrameCompressor::create(compression_level));
  auto cipher = TRY(FrameCipher::create(keys, FrameCipher::Direction::seal));
  return std::unique_ptr<FrameWorker>(
      new FrameSealer(std::move(compressor), std::move(cipher), plaintext));
}

// Compressed and sealed where it leaves from: no byte is copied on its way.
Result<> FrameSealer::run(FrameJob& job) {
  const std::size_t room = kLengthWordSize + FrameCompressor::bound(job.in.size()) + kTagSize;
  if (job.out.size() < room) job.out.resize(room);
  const std::span<std::uint8_t> body = std::span(job.out).subspan(kLengthWordSize);
  const std::size_t compressed =
      TRY(compressor_.compress(job.in, body.first(body.size() - kTagSize)));
  const auto length = static_cast<std::uint32_t>(compressed + kTagSize);
  TRY(cipher_.seal(job.index, FrameType::frame, body.first(length)));
  std::memcpy(job.out.data(), &length, sizeof length);
  job.out_size = kLengthWordSize + length;
  plaintext_.add(job.index, job.in);
  return {};
}

Result<std::unique_ptr<FrameWorker>> FrameUnsealer::create(const ObjectKeys& keys,
                                                           std::uint32_t frame_size) {
  auto decompressor = TRY(FrameDecompressor::create());
  auto cipher = TRY(FrameCipher::create(keys, FrameCipher::Direction::open));
  return std::unique_ptr<FrameWorker>(
      new FrameUnsealer(frame_size, std::move(decompressor), std::move(cipher)));
}

Result<> FrameUnsealer::run(FrameJob& job) {
  auto size = open(job);
  if (!size) {
    return std::unexpected(size.error().within(fmt::format("frame {} is damaged", job.index)));
  }
  job.out_size = *size;
  return {};
}

Result<std::size_t> FrameUnsealer::open(FrameJob& job) {
  const ByteView compressed = TRY(cipher_.open(job.index, FrameType::frame, job.in));
  return decompressor_.decompress(compressed, frame_size_, job.out);
}

}  // namespace walden
