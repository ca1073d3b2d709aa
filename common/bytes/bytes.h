// Byte buffers and the one direction in which bytes flow: a producer writes into a ByteSink.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes/error.h"

namespace walden {

using Buffer = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

[[nodiscard]] inline ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] std::string to_hex(ByteView bytes);  // lower case

// Takes bytes in pieces of any size, in order. After an error a sink must not be written again.
// Whether what was written is complete is said by the concrete type's own finish() or commit().
class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;

  [[nodiscard]] virtual Result<> write(ByteView bytes) = 0;
};

// Collects what is written, up to `limit` bytes; more is ErrorKind::corrupt ("larger than ...").
class BufferSink final : public ByteSink {
 public:
  explicit BufferSink(std::size_t limit) : limit_(limit) {}
  [[nodiscard]] Result<> write(ByteView bytes) override;
  [[nodiscard]] const Buffer& buffer() const { return buffer_; }
  [[nodiscard]] Buffer take() { return std::move(buffer_); }

 private:
  std::size_t limit_;
  Buffer buffer_;
};

}  // namespace walden
