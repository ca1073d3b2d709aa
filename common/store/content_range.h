// The header Content-Range of a 206 (RFC 9110, 14.4).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace walden {

struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;              // not before `first`
  std::optional<std::uint64_t> total;  // more than `last`; nothing for "*"
};
// "bytes 0-99/1234"; nothing for whatever else, such as the "bytes */1234" of a 416.
[[nodiscard]] std::optional<ContentRange> parse_content_range(std::string_view value);

// Digits alone.
[[nodiscard]] std::optional<std::uint64_t> parse_length(std::string_view value);

}  // namespace walden
