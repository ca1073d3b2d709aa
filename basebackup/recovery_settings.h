// What makes a server recover when it starts on the restored files: settings at the end of
// postgresql.auto.conf, where they win over everything else, and recovery.signal.
#pragma once

#include <string>

#include "basebackup/restore_target.h"
#include "basebackup/restored_tree.h"

namespace walden {

struct RecoverySettings {
  std::string backup_id;
  std::string restore_command;
  std::string timeline;  // "latest", "current" or a number
  RestoreTarget target;
  bool keep_archiving = false;
  Instant written;
};

// The settings, one a line, with the comment that says where they come from.
[[nodiscard]] std::string recovery_settings_text(const RecoverySettings& settings);

// The content without the settings of an earlier recovery or of a standby, which would send this
// one elsewhere. Everything else stays as it is.
[[nodiscard]] std::string without_recovery_settings(const std::string& auto_conf);

// Writes both into the restored data directory, durably but for the directory's own fsync, and
// removes what a running server or a standby left in the backup.
[[nodiscard]] Result<> write_recovery_settings(const RecoverySettings& settings,
                                               const RestoredTree& tree,
                                               std::uint32_t data_directory_mode);

}  // namespace walden
