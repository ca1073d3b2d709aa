// walden.toml, read and held to the list of settings.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "common/program/settings.h"

namespace walden {

using GivenValues = std::map<std::string, GivenValue, std::less<>>;  // by Setting::key

// Everything wrong is ErrorKind::configuration: a file that is not there or cannot be read, what is
// no TOML, a key that is not known, a value of the wrong type; with the line number.
[[nodiscard]] Result<GivenValues> read_settings_file(const std::filesystem::path& path);

}  // namespace walden
