// How the files of a backup are shared out among threads.
#pragma once

#include <vector>

#include "basebackup/manifest.h"

namespace walden {

inline constexpr std::uint64_t kUnitSize = std::uint64_t{8} << 20U;

// Consecutive files in the order of the packs: small ones together, so that the frames they share
// are fetched once; a large one alone.
struct RestoreUnit {
  std::vector<const FileRecord*> files;
  std::uint64_t size = 0;
};

// `left_out` is the path of a file that is in no unit.
[[nodiscard]] std::vector<RestoreUnit> restore_units(const std::vector<FileRecord>& files,
                                                     std::string_view left_out);

// The last frame of `pack` that the unit reads, as far as it can be told from sizes: what is worth
// fetching along.
[[nodiscard]] std::uint32_t last_frame_of(const RestoreUnit& unit, std::uint32_t pack);

}  // namespace walden
