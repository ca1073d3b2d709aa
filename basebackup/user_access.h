// What another user of this host may do with files: root restores, the server's user has to read.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "common/bytes/error.h"

namespace walden {

struct HostUser {
  std::string name;
  uid_t user = 0;
  gid_t group = 0;
};

// The user's own and all others that it is a member of.
[[nodiscard]] std::vector<gid_t> groups_of(const HostUser& user);

struct AccessNeed {
  std::filesystem::path path;
  int mode = 0;  // R_OK, W_OK, X_OK: access(2)
};

// The needs that the user lacks, asked of the kernel as that user: folders above, groups and access
// lists count as they will then. Only root can ask; local_io where the asking itself fails.
[[nodiscard]] Result<std::vector<AccessNeed>> lacking_access(const HostUser& user,
                                                             const std::vector<AccessNeed>& needs);

}  // namespace walden
