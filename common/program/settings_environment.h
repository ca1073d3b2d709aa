// WALDEN_* variables, held to the list of settings.
#pragma once

#include "common/program/settings_file.h"

namespace walden {

// An empty variable counts as not set. ErrorKind::configuration for a WALDEN_* variable that is no
// setting: a misspelt WALDEN_RECIPIENTS would leave backups unsealed. `directory` is what relative
// paths are resolved against.
[[nodiscard]] Result<GivenValues> read_settings_environment(const std::filesystem::path& directory);

// Empty when it is not set.
[[nodiscard]] std::string config_variable();

}  // namespace walden
