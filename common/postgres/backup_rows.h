// The rows around the data of BASE_BACKUP.
#pragma once

#include <vector>

#include "common/postgres/base_backup_stream.h"

struct pg_result;

namespace walden {

// One row: LSN, timeline. Before the data it is where the backup starts, behind them where it ends.
struct BackupPosition {
  Lsn lsn;
  Timeline timeline = 0;
};
[[nodiscard]] Result<BackupPosition> read_position(const pg_result* rows);

// A row per tablespace (OID, location, size in kB), the last with NULLs for the data directory.
[[nodiscard]] Result<std::vector<BackupTablespace>> read_tablespaces(const pg_result* rows);

}  // namespace walden
