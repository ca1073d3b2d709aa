// The parts of a memory file that its reader and its writer share (backup_memory.h).
#pragma once

#include <cstdint>
#include <string_view>

#include "common/bytes/little_endian.h"
#include "common/bytes/sha256.h"

namespace walden {

inline constexpr std::string_view kMemoryMagic = "WALDEN-MEMORY-2\n";
inline constexpr std::string_view kFirstMemoryMagic = "WALDEN-MEMORY-1\n";  // of the same length
inline constexpr std::size_t kMemoryFooter = 16 + sizeof(Digest);
inline constexpr std::size_t kMaxMemoryLine = std::size_t{64} << 20U;  // a pack's line, as stored
inline constexpr std::size_t kIndexEntry = 16;

// Of a path, or of another text.
[[nodiscard]] inline std::uint64_t path_hash(std::string_view path) {
  const Digest digest = Sha256::of(bytes_of(path));
  return load_le<std::uint64_t>(digest, 0);
}

}  // namespace walden
