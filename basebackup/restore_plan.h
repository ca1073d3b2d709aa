// What a restore is going to do, settled and proven before anything is touched; and in words.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "basebackup/manifest_reader.h"
#include "basebackup/replay.h"
#include "basebackup/restore_place.h"
#include "basebackup/start_copy.h"

namespace walden {

struct RestorePlan {
  std::string cluster;
  RestoreTarget target;
  Replay replay;
  RestorePlace place;
  Over over = Over::nothing;
  std::uint64_t strays = 0;      // files in the way that are not in the backup
  std::string timeline_setting;  // recovery_target_timeline
  std::string restore_command;
  bool keep_archiving = false;
  bool keys_from_environment = false;   // wal-fetch in the server's has to find the bucket's keys
  std::vector<std::string> unreadable;  // what wal-fetch needs, and the server's user may not use
  std::vector<std::string> warnings;
};

// The screen before a restore, without its last line.
[[nodiscard]] std::string plan_text(const RestorePlan& plan, const ManifestFile& manifest);

// What has to be started, on a port that is free now.
[[nodiscard]] CopyToStart copy_to_start(const RestorePlan& plan, const ManifestFile& manifest);

// What a restore has done.
struct Restored {
  std::chrono::seconds took{};
  std::uint64_t kept_files = 0;  // that were there already, right as they were
  std::uint64_t kept_bytes = 0;
};

// The screen after it: what is to be done now.
[[nodiscard]] std::string restored_text(const RestorePlan& plan, const ManifestFile& manifest,
                                        const CopyToStart& copy, const Restored& restored,
                                        const std::filesystem::path& root = "/");

}  // namespace walden
