#include "common/bytes/zstd_decoder.h"

#include <fmt/format.h>
#include <zstd.h>

namespace walden {
namespace {

constexpr int kLargestWindow = 23;  // log2

std::unexpected<Error> refuse(std::size_t code) {
  return fail(ErrorKind::corrupt,
              fmt::format("cannot decompress what came: {}", ::ZSTD_getErrorName(code)));
}

}  // namespace

void ZstdDecoder::Free::operator()(ZSTD_DCtx_s* context) const {
  (void)::ZSTD_freeDCtx(context);
}

ZstdDecoder::~ZstdDecoder() = default;

Result<std::unique_ptr<ZstdDecoder>> ZstdDecoder::create(ByteSink& plaintext) {
  std::unique_ptr<ZstdDecoder> decoder(new ZstdDecoder(plaintext));
  decoder->context_.reset(::ZSTD_createDCtx());
  if (!decoder->context_) return fail(ErrorKind::local_io, "cannot decompress: out of memory");
  const auto set =
      ::ZSTD_DCtx_setParameter(decoder->context_.get(), ZSTD_d_windowLogMax, kLargestWindow);
  if (::ZSTD_isError(set) != 0) return refuse(set);
  decoder->out_.resize(::ZSTD_DStreamOutSize());
  return decoder;
}

Result<> ZstdDecoder::write(ByteView compressed) {
  ZSTD_inBuffer in{.src = compressed.data(), .size = compressed.size(), .pos = 0};
  bool more = in.size > 0;
  while (more) {
    ZSTD_outBuffer out{.dst = out_.data(), .size = out_.size(), .pos = 0};
    const std::size_t left = ::ZSTD_decompressStream(context_.get(), &out, &in);
    if (::ZSTD_isError(left) != 0) return refuse(left);
    at_end_ = left == 0;
    if (out.pos > 0) TRY(plaintext_.write(ByteView(out_).first(out.pos)));
    // A full buffer may leave more of what was taken in already.
    more = in.pos < in.size || (!at_end_ && out.pos == out.size);
  }
  return {};
}

}  // namespace walden
