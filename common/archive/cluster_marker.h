// <cluster>/cluster.json: says that this place is the archive of that cluster, in which format, and
// which system identifier it was set up for. Absence of WAL is only believed where it was read.
#pragma once

#include <cstdint>
#include <string>

#include "common/store/store.h"

namespace walden {

struct ClusterMarker {
  std::string cluster;
  std::uint64_t system_identifier = 0;
  std::string created;  // ISO 8601, UTC

  [[nodiscard]] std::string to_json() const;
  // Refused: corrupt when it is no marker or another cluster's; configuration when its format is
  // newer.
  [[nodiscard]] static Result<ClusterMarker> parse(std::string_view json, std::string_view cluster);
};

// A marker that is not there is ErrorKind::configuration, never absent: with the remedy to mount
// the store or to name it rightly, and never one that leads to a second, empty archive.
[[nodiscard]] Result<ClusterMarker> read_marker(Store& store, std::string_view cluster);

// "Mount the store, or correct the settings.": the first thing to do about that.
[[nodiscard]] std::string how_to_find_archive(const Store& store);

// Creates it. The same identifier again is success; another is ErrorKind::exists, naming both.
[[nodiscard]] Result<> create_marker(Store& store, const ClusterMarker& marker);

}  // namespace walden
