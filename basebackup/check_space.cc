#include "basebackup/check_space.h"

#include <fmt/format.h>

#include "basebackup/empty_directory.h"
#include "common/program/human.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFewPercent = 10;

std::uint64_t percent(Space space) {
  const std::uint64_t hundredth = space.total_bytes / 100;
  return hundredth == 0 ? 0 : space.free_bytes / hundredth;
}

}  // namespace

Fact judge_space(std::string_view name, const std::string& where, Space space,
                 std::uint64_t segment_size) {
  const std::string text =
      fmt::format("{} free ({} %) on {}", human_size(space.free_bytes), percent(space), where);
  const std::string remedy = "make room; see: df -h " + where;
  if (space.free_bytes < segment_size) return failing(name, text, remedy);
  return percent(space) < kFewPercent ? warning(name, text, remedy) : good(name, text);
}

Fact check_space_at(std::string_view name, const fs::path& path, std::uint64_t segment_size) {
  const auto space = space_at(path);
  if (!space) return not_asked(name, space.error().cause, space.error().remedy);
  return judge_space(name, mount_point_of(path).native(), {space->free_bytes, space->total_bytes},
                     segment_size);
}

fs::path mount_point_of(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  fs::path point = error ? path : real;
  const auto device = space_at(point);
  while (device && point.has_relative_path()) {
    const auto above = space_at(point.parent_path());
    if (!above || above->device != device->device) break;
    point = point.parent_path();
  }
  return point;
}

}  // namespace walden
