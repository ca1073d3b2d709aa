// The history of the timeline that a backup belongs to, without which a restore cannot name it.
#pragma once

#include <optional>

#include "common/archive/wal_archive.h"
#include "common/postgres/replication_connection.h"

namespace walden {

// Brings the timeline's history from the server into the archive where it is missing: PostgreSQL
// archives it once, at the promotion, and so never if archiving began later. A server that has none
// (pg_resetwal) is told of in one line and is no error: then there is no history to return either.
[[nodiscard]] Result<std::optional<TimelineHistory>> keep_history(ReplicationConnection& connection,
                                                                  WalArchive& archive,
                                                                  Timeline timeline,
                                                                  const Sealing& sealing);

}  // namespace walden
