// Is a place free to be restored into?
#pragma once

#include <cstdint>
#include <filesystem>

#include "common/bytes/error.h"

namespace walden {

// True for an empty directory, false for nothing at all below a parent that can be written.
// Refused, with what to do: everything else.
[[nodiscard]] Result<bool> check_free(const std::filesystem::path& path);

// Whether `path` is a directory with anything in it, that may be written into.
[[nodiscard]] Result<bool> holds_anything(const std::filesystem::path& path);

// The file system that `path`, or while it does not exist its parent, lies on.
struct FileSystemSpace {
  std::uint64_t device = 0;
  std::uint64_t free_bytes = 0;  // for whoever asks, root's reserve left out
  std::uint64_t total_bytes = 0;
};
[[nodiscard]] Result<FileSystemSpace> space_at(const std::filesystem::path& path);

// The process that runs on the data directory `path`; 0 when none does.
[[nodiscard]] int running_server(const std::filesystem::path& path);

}  // namespace walden
