// What every command that works on an archive needs, opened once and checked.
#pragma once

#include <memory>

#include "common/archive/cluster_marker.h"
#include "common/archive/object_names.h"
#include "common/program/configuration.h"
#include "common/store/store.h"

namespace walden {

// How long one operation on a store goes on without progress: an outage of a minute must not cost
// the backup of a night.
inline constexpr std::chrono::seconds kStorePatience{120};

struct Context {
  Configuration configuration;
  std::unique_ptr<Store> store;
  ClusterMarker marker;
};

// Opens the store and reads the marker; an archive that was not set up is ErrorKind::configuration.
[[nodiscard]] Result<Context> open_context(const ConfigurationOptions& options);

}  // namespace walden
