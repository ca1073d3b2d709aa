// `basebackup check`: is there room on a file system of this host?
#pragma once

#include <cstdint>
#include <filesystem>

#include "basebackup/check_fact.h"

namespace walden {

struct Space {
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
};

// A failure under one segment of WAL, a warning under 10 %. `where`: what the file system is called
// in the sentence.
[[nodiscard]] Fact judge_space(std::string_view name, const std::string& where, Space space,
                               std::uint64_t segment_size);

// The same for the file system that `path` lies on.
[[nodiscard]] Fact check_space_at(std::string_view name, const std::filesystem::path& path,
                                  std::uint64_t segment_size);

// Where the file system that `path` lies on is mounted: the topmost directory on its device.
[[nodiscard]] std::filesystem::path mount_point_of(const std::filesystem::path& path);

}  // namespace walden
