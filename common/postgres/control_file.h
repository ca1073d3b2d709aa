// What Walden needs of global/pg_control (catalog/pg_control.h): the first fields, which have kept
// their place in every version from 13 to 18, and the CRC that says the file is whole.
#pragma once

#include <cstdint>
#include <filesystem>

#include "common/bytes/bytes.h"

namespace walden {

struct ControlFile {
  std::uint64_t system_identifier = 0;
  std::uint32_t control_version = 0;  // 1300 (13 to 16), 1700, 1800
};

[[nodiscard]] Result<ControlFile> parse_control_file(ByteView content);

// Of the data directory `pgdata`.
[[nodiscard]] Result<ControlFile> read_control_file(const std::filesystem::path& pgdata);

}  // namespace walden
