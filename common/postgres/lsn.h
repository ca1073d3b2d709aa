// A position in the write-ahead log: bytes since the cluster's beginning; text "A2/7C000028".
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/bytes/error.h"

namespace walden {

struct Lsn {
  std::uint64_t value = 0;
  auto operator<=>(const Lsn&) const = default;

  [[nodiscard]] static Result<Lsn> parse(std::string_view text);
  [[nodiscard]] std::string to_text() const;
};

using Timeline = std::uint32_t;

}  // namespace walden
