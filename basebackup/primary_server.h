// The primary of a standby that is backed up. Only it can finish the WAL segment in which the
// backup ends: on a quiet server that may be hours away.
#pragma once

#include <cstdint>
#include <string>

#include "common/bytes/error.h"

namespace walden {

class PrimaryServer {
 public:
  // `conninfo` as libpq takes it, for an ordinary connection (not one for replication). Asks who it
  // is and what this role may do, so that a backup of hours does not fail at its end.
  // ErrorKind::configuration for a standby or another cluster's server, denied where the role may
  // not call pg_switch_wal().
  [[nodiscard]] static Result<PrimaryServer> look_at(const std::string& conninfo,
                                                     std::uint64_t system_identifier);

  // pg_switch_wal(), over a connection of its own: the first may have been cut during the backup.
  [[nodiscard]] Result<> finish_segment() const;

 private:
  explicit PrimaryServer(std::string conninfo) : conninfo_(std::move(conninfo)) {}
  std::string conninfo_;
};

}  // namespace walden
