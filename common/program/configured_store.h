// The store that the settings name.
#pragma once

#include <chrono>
#include <memory>

#include "common/program/configuration.h"
#include "common/store/s3_store.h"

namespace walden {

// `patience`: how long one operation on a store across a network goes on without progress.
[[nodiscard]] Result<std::unique_ptr<Store>> open_configured_store(
    const Configuration& configuration, std::chrono::seconds patience);

}  // namespace walden
