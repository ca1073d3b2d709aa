// What a failed push means for the server, in numbers.
#pragma once

#include <filesystem>
#include <string>

namespace walden {

// "PostgreSQL keeps the segment and asks again; ..." with the number of files that wait for the
// archiver beside `path`; empty where none does (a person pushes by hand).
[[nodiscard]] std::string effect_of_failure(const std::filesystem::path& path);

}  // namespace walden
