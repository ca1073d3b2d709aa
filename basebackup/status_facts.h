// Gathers what `basebackup status` judges: from the store, and from the server where one is named.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/cluster_status.h"
#include "common/archive/object_names.h"
#include "common/bytes/sealed_object.h"
#include "common/program/policy.h"
#include "common/store/store.h"

namespace walden {

struct StatusSource {
  Store& store;
  std::string cluster;
  std::uint64_t system_id = 0;  // 0: the one whose WAL is the newest
  const Opening& opening;       // without a key: what outlines and names tell
  const Policy& policy;
  std::optional<std::string> connection;  // of the server to ask, as libpq's conninfo
  bool plans_expiry = true;               // what expire would do: reads as much again
  const std::atomic<bool>& cancel;
};

// Never fails as a whole: what went wrong with the store or the server is one of the facts.
[[nodiscard]] ClusterStatus gather_status(const StatusSource& source, Instant now);

// The clusters that have a marker in the store, in the order of their names. Skips through the
// listing: two requests for each, however much lies in it.
[[nodiscard]] Result<std::vector<std::string>> clusters_in(Store& store);

}  // namespace walden
