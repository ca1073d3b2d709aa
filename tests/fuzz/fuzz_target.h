// What every fuzz target shares. A target is a function of bytes that neither crashes nor breaks
// what it promises, whatever the bytes are; it keeps nothing from one input to the next.
//
// Built with clang and libFuzzer (preset `fuzz`) it searches; built by any compiler, with
// run_corpus.cc in libFuzzer's place, it is a test that goes through its corpus.
#pragma once

#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/bytes/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace walden::testing {

// A promise that must hold for every input; libFuzzer keeps the input that breaks it.
inline void must(bool kept, const char* promise) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

// The input, taken apart from the front. Past its end all is zero and empty.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}

  [[nodiscard]] std::uint8_t byte() { return number<std::uint8_t>(); }
  template <std::unsigned_integral T>
  [[nodiscard]] T number() {
    T value = 0;
    const ByteView raw = take(sizeof value);
    if (!raw.empty()) std::memcpy(&value, raw.data(), raw.size());
    return value;
  }
  [[nodiscard]] ByteView take(std::size_t most) {
    const ByteView taken = rest_.first(most < rest_.size() ? most : rest_.size());
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  // Two bytes of length, and so many bytes.
  [[nodiscard]] ByteView field() { return take(number<std::uint16_t>()); }
  [[nodiscard]] std::string text() { return std::string(text_of(field())); }
  [[nodiscard]] ByteView rest() const { return rest_; }
  [[nodiscard]] bool empty() const { return rest_.empty(); }

 private:
  ByteView rest_;
};

// The pieces that a sink gets its bytes in must not matter. `step` 0: all at once.
[[nodiscard]] inline Result<> write_in_steps(ByteSink& sink, ByteView bytes, std::size_t step) {
  if (step == 0) return sink.write(bytes);
  while (!bytes.empty()) {
    const ByteView piece = bytes.first(step < bytes.size() ? step : bytes.size());
    TRY(sink.write(piece));
    bytes = bytes.subspan(piece.size());
  }
  return {};
}

}  // namespace walden::testing
