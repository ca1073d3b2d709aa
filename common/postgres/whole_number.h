// Numbers in the texts that PostgreSQL writes: names of files, positions, history lines.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>

namespace walden {

// The whole of `text` as a number; nothing for an empty text, a sign, a prefix or an overflow.
template <std::unsigned_integral T>
[[nodiscard]] std::optional<T> whole_number(std::string_view text, int base) {
  T value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace walden
