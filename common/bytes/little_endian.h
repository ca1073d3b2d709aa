// Little-endian integers in buffers, and a reader that cannot run past its end.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>

#include "common/bytes/bytes.h"

namespace walden {

static_assert(std::endian::native == std::endian::little, "stored integers are little-endian");

template <std::unsigned_integral T>
void append_le(Buffer& out, T value) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(&value);
  out.insert(out.end(), first, first + sizeof value);
}

// The integer at `offset`; the caller has checked that it lies within `bytes`.
template <std::unsigned_integral T>
[[nodiscard]] T load_le(ByteView bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

// Takes fields off the front. A read past the end yields ErrorKind::corrupt.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : rest_(bytes) {}

  template <std::unsigned_integral T>
  [[nodiscard]] Result<T> integer() {
    auto raw = TRY(take(sizeof(T)));
    return load_le<T>(raw, 0);
  }
  [[nodiscard]] Result<ByteView> take(std::size_t count) {
    if (count > rest_.size()) return fail(ErrorKind::corrupt, "ends in the middle of a field");
    ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  [[nodiscard]] ByteView rest() const { return rest_; }

 private:
  ByteView rest_;
};

}  // namespace walden
