// Enough to see that a file is still the one that it was.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "common/bytes/error.h"

namespace walden {

struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_seconds = 0;
  std::int64_t modified_nanoseconds = 0;
  bool operator==(const FileIdentity&) const = default;
};

// Follows links. Nothing where there is no such file.
[[nodiscard]] Result<std::optional<FileIdentity>> find_identity(const std::filesystem::path& path);
// A file that is not there is an error.
[[nodiscard]] Result<FileIdentity> identity_of(const std::filesystem::path& path);

}  // namespace walden
