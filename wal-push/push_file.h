// wal-push between the command line and the exit code.
#pragma once

#include <filesystem>

#include "common/postgres/wal_name.h"
#include "common/program/configuration.h"

namespace walden {

// Success only when the store holds the very content of the file, durably.
[[nodiscard]] Result<> push_file(const Configuration& configuration,
                                 const std::filesystem::path& path, const WalName& name);

}  // namespace walden
