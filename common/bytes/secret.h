// Bytes that are wiped when they are no longer needed. Movable, not copyable, never printed.
#pragma once

#include "common/bytes/bytes.h"

namespace walden {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::size_t size) : bytes_(size) {}
  [[nodiscard]] static Secret copy_of(ByteView bytes);
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  [[nodiscard]] ByteView view() const { return bytes_; }
  [[nodiscard]] std::span<std::uint8_t> writable() { return bytes_; }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }

 private:
  void wipe() noexcept;
  Buffer bytes_;  // never grows after construction: a reallocation would leave a copy behind
};

}  // namespace walden
