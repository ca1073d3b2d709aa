// Whose WAL a file is, so that clusters never mix under one name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "common/archive/cluster_marker.h"
#include "common/archive/wal_archive.h"

namespace walden {

// The system identifier under which to store the file. `server` is what pg_control says, if there
// is one: it may differ from the marker's (pg_upgrade, initdb), and then the WAL of the two is kept
// apart. A segment written by neither is ErrorKind::corrupt, naming both.
[[nodiscard]] Result<std::uint64_t> owning_system(const std::filesystem::path& path,
                                                  const WalFileFacts& facts,
                                                  std::optional<std::uint64_t> server,
                                                  const ClusterMarker& marker);

}  // namespace walden
