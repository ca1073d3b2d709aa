// Whose WAL a file is, so that clusters never mix under one name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "common/archive/wal_archive.h"

namespace walden {

// The system identifier under which to store the file: what the server's pg_control says, if there
// is one (it may differ from the marker's after pg_upgrade or initdb, and then the WAL of the two
// is kept apart), else what the marker says. A segment written by another system is
// ErrorKind::corrupt, naming both.
//
// Where a file system may be unmounted the marker is read in any case: a bare mount point has none.
// A bucket is not; there the request is spared but for a few files, and PostgreSQL's archiver goes
// twice as fast. `say` is told when it is another system than the marker's.
[[nodiscard]] Result<std::uint64_t> owning_system(
    Store& store, std::string_view cluster, const std::filesystem::path& path,
    const WalFileFacts& facts, const std::function<void(const std::string&)>& say);

}  // namespace walden
