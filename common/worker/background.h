// Starts a program that outlives this one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/bytes/error.h"

namespace walden {

// In a session of its own, so that the SIGQUIT which PostgreSQL sends to its archiver's process
// group does not reach it; with /dev/null for input and output and every other descriptor closed,
// or the server's log would seem to be written still. A small process stays above it, and
// ends well when it has ended, whatever way. Its directory and environment are this
// program's. Whether it then runs is not known here. To be called before threads are started.
[[nodiscard]] Result<> start_in_background(const std::filesystem::path& program,
                                           const std::vector<std::string>& arguments);

// The file that this program was started from, as it was at the start.
[[nodiscard]] Result<std::filesystem::path> own_program();

}  // namespace walden
