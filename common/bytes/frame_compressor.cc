#include "common/bytes/frame_compressor.h"

#include <fmt/format.h>
#include <zstd.h>

namespace walden {
namespace {

std::unexpected<Error> no_memory() {
  return fail(ErrorKind::local_io, "cannot allocate memory for zstd");
}

}  // namespace

void FrameCompressor::Free::operator()(ZSTD_CCtx_s* context) const {
  ::ZSTD_freeCCtx(context);
}

void FrameDecompressor::Free::operator()(ZSTD_DCtx_s* context) const {
  ::ZSTD_freeDCtx(context);
}

Result<FrameCompressor> FrameCompressor::create(int level) {
  FrameCompressor compressor;
  compressor.context_.reset(::ZSTD_createCCtx());
  if (!compressor.context_) return no_memory();
  const auto set =
      ::ZSTD_CCtx_setParameter(compressor.context_.get(), ZSTD_c_compressionLevel, level);
  if (::ZSTD_isError(set) != 0U) {
    return fail(ErrorKind::configuration,
                fmt::format("cannot compress at level {}: {}", level, ::ZSTD_getErrorName(set)),
                fmt::format("zstd has levels up to {}", ::ZSTD_maxCLevel()));
  }
  return compressor;
}

std::size_t FrameCompressor::bound(std::size_t plaintext_size) {
  return ::ZSTD_compressBound(plaintext_size);
}

Result<std::size_t> FrameCompressor::compress(ByteView plaintext, std::span<std::uint8_t> out) {
  const auto size =
      ::ZSTD_compress2(context_.get(), out.data(), out.size(), plaintext.data(), plaintext.size());
  if (::ZSTD_isError(size) == 0U) return size;
  return fail(ErrorKind::local_io,
              fmt::format("cannot compress a frame: {}", ::ZSTD_getErrorName(size)));
}

Result<FrameDecompressor> FrameDecompressor::create() {
  FrameDecompressor decompressor;
  decompressor.context_.reset(::ZSTD_createDCtx());
  if (!decompressor.context_) return no_memory();
  return decompressor;
}

Result<std::size_t> FrameDecompressor::decompress(ByteView compressed, std::size_t limit,
                                                  Buffer& out) {
  const auto size = ::ZSTD_getFrameContentSize(compressed.data(), compressed.size());
  if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR || size == 0 ||
      size > limit) {
    return fail(ErrorKind::corrupt, fmt::format("it does not state a size of 1 to {}", limit));
  }
  if (::ZSTD_findFrameCompressedSize(compressed.data(), compressed.size()) != compressed.size()) {
    return fail(ErrorKind::corrupt, "it is not one whole zstd frame");
  }
  if (out.size() < size) out.resize(size);
  const auto written =
      ::ZSTD_decompressDCtx(context_.get(), out.data(), size, compressed.data(), compressed.size());
  if (::ZSTD_isError(written) != 0U) {
    return fail(ErrorKind::corrupt, fmt::format("zstd: {}", ::ZSTD_getErrorName(written)));
  }
  if (written != size) return fail(ErrorKind::corrupt, "it is shorter than it states");
  return written;
}

}  // namespace walden
