// What waits for the archiver: archive_status/NAME.ready beside the segments (pgarch.c).
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "common/bytes/error.h"

namespace walden {

// Names of whole segments only, in the archiver's order; histories, partials and backup labels are
// rare, and are looked at one by one. Nothing is renamed here: these files are PostgreSQL's.
[[nodiscard]] Result<std::set<std::string>> ready_segments(const std::filesystem::path& wal);

}  // namespace walden
