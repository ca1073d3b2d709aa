// The store that the settings name.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/program/configuration.h"
#include "common/store/s3_store.h"

namespace walden {

void say_on_standard_error(const std::string& sentence);

[[nodiscard]] S3Options configured_s3_options(
    const Configuration& configuration, std::chrono::seconds patience,
    std::function<void(const std::string& sentence)> tell);

// `patience`: how long one operation on a store across a network goes on without progress. `tell`
// gets what a person should know though nothing fails: that this machine's clock is wrong.
[[nodiscard]] Result<std::unique_ptr<Store>> open_configured_store(
    const Configuration& configuration, std::chrono::seconds patience,
    std::function<void(const std::string& sentence)> tell = say_on_standard_error);

}  // namespace walden
