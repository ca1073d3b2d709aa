// The server's own list of files against the bytes that arrived.
#pragma once

#include <vector>

#include "basebackup/manifest.h"
#include "common/postgres/backup_manifest.h"

namespace walden {

// Every file that the server lists arrived with its size and SHA-256, and no other did.
// ErrorKind::corrupt names the first that differs and says how many do.
[[nodiscard]] Result<> check_against_server(const BackupManifest& server,
                                            const std::vector<FileRecord>& arrived);

}  // namespace walden
