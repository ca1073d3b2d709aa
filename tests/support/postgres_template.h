// initdb takes seconds and its result can be copied: it is run once per build directory and kind.
#pragma once

#include <filesystem>

#include "tests/support/postgres_server.h"

namespace walden::testing {

// Makes `pgdata` a new data directory, by copying a kept one where `options` allow it.
void make_data_directory(const std::filesystem::path& pgdata, const ServerOptions& options);

}  // namespace walden::testing
