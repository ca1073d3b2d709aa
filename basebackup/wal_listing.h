// What lies in the archive as WAL, told from names and sizes alone: no key is needed.
#pragma once

#include <optional>

#include "basebackup/cluster_status.h"
#include "common/archive/object_names.h"
#include "common/store/store.h"

namespace walden {

// The newest by timeline and position; nothing where there is no segment. One listing of all.
[[nodiscard]] Result<std::optional<WalFact>> list_wal(Store& store, const ObjectNames& names);

}  // namespace walden
