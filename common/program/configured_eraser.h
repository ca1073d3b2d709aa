// What deletes from the store that the settings name: for `basebackup expire` alone.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/program/configured_store.h"
#include "common/store/eraser.h"

namespace walden {

// With whatever credentials this host has. As open_configured_store().
[[nodiscard]] Result<std::unique_ptr<Eraser>> open_configured_eraser(
    const Configuration& configuration, std::chrono::seconds patience,
    std::function<void(const std::string& sentence)> tell = say_on_standard_error);

}  // namespace walden
