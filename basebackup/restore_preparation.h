// What comes before a restore, be it a person's or a drill's: the archive is opened, the backup
// chosen, the way to the target proven, and the place looked at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "basebackup/context.h"
#include "basebackup/restore_plan.h"

namespace walden {

struct Archive {
  Context context;
  Opening opening;
  ObjectNames names;
};

// `system_id`: 0, or the one of several that is meant.
[[nodiscard]] Result<Archive> open_archive(const ConfigurationOptions& options,
                                           std::uint64_t system_id);

struct RestoreRequest {
  std::filesystem::path pgdata;
  RestoreTarget target;
  std::string timeline = "latest";  // or "current", or a number
  std::string backup;               // an id or a part of it; empty: the newest that can
  // Where tablespaces go, once it is known which backup it will be.
  std::function<Result<std::vector<TablespaceMapping>>(const BackupSummary&)> mappings;
  bool keep_archiving = false;
  Over over = Over::nothing;
  std::filesystem::path waldir{};  // where an old copy's linked pg_wal leads; may be empty
};

// Nothing is changed. `options` are handed down to the restored server's wal-fetch. Errors: those
// of find_candidates(), ReplayPlanner::plan() and check_place().
[[nodiscard]] Result<RestorePlan> prepare_restore(const RestoreRequest& request,
                                                  const ConfigurationOptions& options,
                                                  Archive& archive);

}  // namespace walden
