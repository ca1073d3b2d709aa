// The lines of a manifest, to and from JSON. Nothing here reads or writes a store.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "basebackup/manifest.h"

namespace walden {

struct ManifestEnd {
  std::uint64_t packs = 0;
  std::uint64_t directories = 0;
  std::uint64_t files = 0;
};

using ManifestLine =
    std::variant<BackupSummary, PackRecord, DirectoryRecord, FileRecord, ManifestEnd>;

// One line, without its newline.
[[nodiscard]] std::string to_json_line(const ManifestLine& line);

// ErrorKind::corrupt for anything that is not such a line; ErrorKind::configuration for a summary
// of a newer manifest version, with the remedy to upgrade.
[[nodiscard]] Result<ManifestLine> parse_json_line(std::string_view line);

}  // namespace walden
