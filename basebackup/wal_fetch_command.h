// The restore_command of a restored cluster.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/bytes/error.h"

namespace walden {

// wal-fetch, in the directory of the program that runs. ErrorKind::configuration when it is not
// there: a cluster without it would not get any WAL.
[[nodiscard]] Result<std::filesystem::path> find_wal_fetch();

// The command line for the shell that PostgreSQL starts: words quoted, '%' doubled, then %f %p.
// ErrorKind::configuration when a word holds a line break, or when the line is longer than servers
// before 16 take.
[[nodiscard]] Result<std::string> wal_fetch_command(const std::filesystem::path& wal_fetch,
                                                    const std::vector<std::string>& arguments,
                                                    int server_version);

}  // namespace walden
