// What pg_verifybackup looks at, where there is none that reads the server's manifest: each file
// that backup_manifest lists is there with its size and checksum, and no other is.
#pragma once

#include <filesystem>

namespace walden::testing {

// Throws with the first difference.
void must_fit_server_manifest(const std::filesystem::path& pgdata);

}  // namespace walden::testing
