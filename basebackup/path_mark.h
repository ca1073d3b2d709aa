// Eight bytes that stand for a path where millions of paths would fill the memory. Two paths with
// the same eight bytes of SHA-256 do not come about.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

#include "common/bytes/sha256.h"

namespace walden {

[[nodiscard]] inline std::uint64_t path_mark(const std::string& path) {
  const Digest digest = Sha256::of(bytes_of(path));
  std::uint64_t mark = 0;
  std::memcpy(&mark, digest.data(), sizeof mark);
  return mark;
}

}  // namespace walden
