// Takes one base backup, from the connection to the committed manifest:
//   replication stream -> tar members -> frames -> compress -> seal -> packs; WAL proven; manifest
//   last; and then what the next backup needs to know of it is kept on this host.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "basebackup/context.h"
#include "basebackup/manifest.h"
#include "common/postgres/base_backup_stream.h"

namespace walden {

struct PushSettings {
  std::string connection;  // conninfo; empty: the PG* environment
  std::string primary;     // of a standby: its primary's conninfo; empty: that is not asked
  BaseBackupOptions server;
  std::chrono::seconds wal_deadline{600};  // takes the place of server.archive_deadline
  bool full = false;                       // refers to no earlier backup
};

// The manifest's summary of the backup that now exists. `cancel` leaves at most packs without a
// manifest, which no command takes for a backup.
[[nodiscard]] Result<BackupSummary> take_backup(Context& context, const PushSettings& settings,
                                                const std::atomic<bool>& cancel);

}  // namespace walden
