// Signs that a server has an archive already. Where the marker is not found then, the archive is
// not mounted or not rightly named, rather than new: `basebackup init` must not put an empty one in
// its place.
//
// What is returned completes "this server ..."; nothing where there is no sign, which proves
// nothing: PostgreSQL forgets its statistics in a crash, and old status files with their segments.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "common/bytes/error.h"

namespace walden {

// Of a data directory: a recovery, or pg_wal/archive_status/*.done, whatever had archived them.
[[nodiscard]] Result<std::optional<std::string>> sign_of_archive_in(
    const std::filesystem::path& data_directory);

// Of a running server: a recovery, or files that were archived, if its archive_command calls
// wal-push: what another program has archived is elsewhere. Status files are looked at where the
// role may. `conninfo` as open_server_session() takes it.
[[nodiscard]] Result<std::optional<std::string>> sign_of_archive_at(const std::string& conninfo);

}  // namespace walden
