#include "bench/zstd_alone.h"

#include <zstd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "common/bytes/sealed_object.h"

namespace walden::bench {
namespace {

using Compressor = std::unique_ptr<ZSTD_CCtx, decltype(&::ZSTD_freeCCtx)>;
using Decompressor = std::unique_ptr<ZSTD_DCtx, decltype(&::ZSTD_freeDCtx)>;

Compressor compressor(int level) {
  Compressor context(::ZSTD_createCCtx(), &::ZSTD_freeCCtx);
  ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
  return context;
}

// The caller is one of the threads.
void on_threads(unsigned threads, const std::function<void()>& work) {
  std::vector<std::jthread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
  work();
}

}  // namespace

std::vector<Buffer> zstd_frames(ByteView file, int level, unsigned threads) {
  std::vector<Buffer> frames((file.size() + kFrameSize - 1) / kFrameSize);
  std::atomic<std::size_t> next = 0;
  on_threads(threads, [&] {
    const auto context = compressor(level);
    Buffer room(::ZSTD_compressBound(kFrameSize));
    for (std::size_t i = next++; i < frames.size(); i = next++) {
      const ByteView rest = file.subspan(i * kFrameSize);
      const ByteView in = rest.first(std::min<std::size_t>(kFrameSize, rest.size()));
      const auto size =
          ::ZSTD_compress2(context.get(), room.data(), room.size(), in.data(), in.size());
      frames[i].assign(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
    }
  });
  return frames;
}

std::size_t zstd_stream(ByteView file, int level, unsigned threads) {
  const auto context = compressor(level);
  ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_nbWorkers,
                           threads > 1 ? static_cast<int>(threads) : 0);
  Buffer room(::ZSTD_CStreamOutSize());
  ZSTD_inBuffer in{file.data(), file.size(), 0};
  std::size_t stored = 0;
  for (std::size_t left = 1; left != 0;) {
    ZSTD_outBuffer out{room.data(), room.size(), 0};
    left = ::ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_end);
    stored += out.pos;
  }
  return stored;
}

std::size_t unzstd_frames(const std::vector<Buffer>& frames, unsigned threads) {
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> size = 0;
  on_threads(threads, [&] {
    const Decompressor context(::ZSTD_createDCtx(), &::ZSTD_freeDCtx);
    Buffer room(kFrameSize);
    for (std::size_t i = next++; i < frames.size(); i = next++) {
      size += ::ZSTD_decompressDCtx(context.get(), room.data(), room.size(), frames[i].data(),
                                    frames[i].size());
    }
  });
  return size;
}

}  // namespace walden::bench
