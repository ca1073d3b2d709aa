// PostgreSQL refuses to run as root. Where the tests do, its programs and ours are run as
// `postgres` (or `nobody`), so that files get the owner they have in real life. Elsewhere nothing
// changes.
#pragma once

#include <filesystem>
#include <string>

#include "tests/support/child_process.h"

namespace walden::testing {

// The same command, run as that user. Without a directory it starts in "/": the tests' own may be
// closed to the user.
[[nodiscard]] Command as_server_user(Command command);

// Like as_server_user; moreover the program gets `signal` (as "QUIT") when this test process dies.
[[nodiscard]] Command as_server_user_with_us(Command command, const std::string& signal);

void give_to_server_user(const std::filesystem::path& path);  // the one file or directory

// The built program at a path which that user can reach: a copy, where the build lies in a folder
// closed to it (a checkout in root's home).
[[nodiscard]] std::string program_for_server_user(const std::string& name);

}  // namespace walden::testing
