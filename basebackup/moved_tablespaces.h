// Tablespaces that are restored to another folder than they had: the server finds them through
// tablespace_map, and pg_verifybackup finds that file's digest in backup_manifest.
#pragma once

#include <map>
#include <string>

#include "basebackup/restored_tree.h"

namespace walden {

// The map with new locations, by OID. Lines are "OID path", a backslash before line breaks and
// backslashes within the path (xlogbackup.c); lines of others stay as they are.
[[nodiscard]] std::string moved_tablespace_map(const std::string& map,
                                               const std::map<std::uint32_t, std::string>& moved);

// Rewrites both files in the restored directory, if any tablespace was moved.
[[nodiscard]] Result<> rewrite_tablespace_map(const RestorePlace& place, const RestoredTree& tree);

}  // namespace walden
