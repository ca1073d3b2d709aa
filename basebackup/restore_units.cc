#include "basebackup/restore_units.h"

#include <algorithm>

namespace walden {

std::vector<RestoreUnit> restore_units(const std::vector<FileRecord>& files,
                                       std::string_view left_out) {
  std::vector<RestoreUnit> units;
  for (const FileRecord& file : files) {
    if (file.path == left_out) continue;
    if (units.empty() || units.back().size + file.size > kUnitSize) units.emplace_back();
    units.back().files.push_back(&file);
    units.back().size += file.size;
  }
  return units;
}

std::uint32_t last_frame_of(const RestoreUnit& unit, std::uint32_t pack) {
  std::uint32_t last = 0;
  for (const FileRecord* file : unit.files) {
    for (const FileRun& run : file->runs) {
      if (run.pack != pack || run.length == 0) continue;
      const std::uint64_t frames = (run.offset + run.length - 1) / kFrameSize;
      last = std::max(last, static_cast<std::uint32_t>(
                                std::min<std::uint64_t>(run.frame + frames, ~std::uint32_t{0})));
    }
  }
  return last;
}

}  // namespace walden
