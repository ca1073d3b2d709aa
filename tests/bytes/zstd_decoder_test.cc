#include "common/bytes/zstd_decoder.h"

#include <gtest/gtest.h>
#include <zstd.h>

namespace walden {
namespace {

Buffer compressed(const std::string& text, int window = 0) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&::ZSTD_freeCCtx)> context(::ZSTD_createCCtx(),
                                                                       &::ZSTD_freeCCtx);
  ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, window);
  Buffer out(::ZSTD_compressBound(text.size()));
  // In pieces, as a stream whose size is not known.
  ZSTD_inBuffer in{.src = text.data(), .size = text.size(), .pos = 0};
  ZSTD_outBuffer to{.dst = out.data(), .size = out.size(), .pos = 0};
  while (::ZSTD_compressStream2(context.get(), &to, &in, ZSTD_e_end) != 0) continue;
  out.resize(to.pos);
  return out;
}

std::string sample() {
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += std::to_string(i % 977);
  return text;
}

TEST(ZstdDecoder, GivesTheStreamBackWhateverThePieces) {
  const std::string text = sample();
  const Buffer stream = compressed(text);
  for (const std::size_t step : {std::size_t{1000}, std::size_t{77'777}, stream.size()}) {
    BufferSink out(text.size());
    auto decoder = ZstdDecoder::create(out).value();
    EXPECT_FALSE(decoder->at_end());
    for (ByteView rest = stream; !rest.empty(); rest = rest.subspan(std::min(step, rest.size()))) {
      EXPECT_FALSE(decoder->at_end());
      ASSERT_TRUE(decoder->write(rest.first(std::min(step, rest.size()))));
    }
    EXPECT_TRUE(decoder->at_end());
    EXPECT_EQ(text_of(out.buffer()), text);
  }
}

TEST(ZstdDecoder, IsNotAtItsEndWhereTheStreamIsCutOff) {
  const Buffer stream = compressed(sample());
  BufferSink out(sample().size());
  auto decoder = ZstdDecoder::create(out).value();
  ASSERT_TRUE(decoder->write(ByteView(stream).first(stream.size() - 1)));
  EXPECT_FALSE(decoder->at_end());
}

TEST(ZstdDecoder, RefusesWhatIsNotZstdAndWhatWouldFillTheMemory) {
  BufferSink out(1U << 30U);
  const auto garbage = ZstdDecoder::create(out).value()->write(bytes_of("garbage, not zstd"));
  ASSERT_FALSE(garbage);
  EXPECT_EQ(garbage.error().kind, ErrorKind::corrupt);
  const std::string large(std::size_t{40} << 20U, 'x');
  const auto window = ZstdDecoder::create(out).value()->write(compressed(large, 27));
  ASSERT_FALSE(window);
  EXPECT_EQ(window.error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace walden
