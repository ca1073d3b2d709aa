// The data directory that a path given by PostgreSQL (%p) lies in: "pg_wal/X" below the working
// directory, or an absolute path under pg_rewind.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "common/bytes/error.h"

namespace walden {

// The directory that holds the directory of `path`, found without looking at the disk.
[[nodiscard]] std::filesystem::path data_directory_of(const std::filesystem::path& path);

// From global/pg_control; nothing where there is no such file, because a person pushes or fetches
// by hand. A control file that is there but cannot be read is an error.
[[nodiscard]] Result<std::optional<std::uint64_t>> system_identifier_of(
    const std::filesystem::path& data_directory);

}  // namespace walden
