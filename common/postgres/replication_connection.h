// A connection in replication mode (libpq, replication=true): the commands Walden needs, nothing
// else. Errors carry the server's message; authentication and rights are ErrorKind::denied with a
// remedy (pg_hba.conf's `replication` line, ALTER ROLE … REPLICATION); no server is
// ErrorKind::transient.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/postgres/server_session.h"
#include "common/postgres/wal_name.h"

namespace walden {

struct SystemIdentity {
  std::uint64_t system_identifier = 0;
  Timeline timeline = 0;
  Lsn flush_lsn;
};

class ReplicationConnection {
 public:
  // `conninfo` as open_server_session() takes it.
  [[nodiscard]] static Result<ReplicationConnection> open(const std::string& conninfo);
  ReplicationConnection(ReplicationConnection&&) noexcept;
  ReplicationConnection& operator=(ReplicationConnection&&) noexcept;
  ~ReplicationConnection();

  [[nodiscard]] int server_version() const;  // 150018 for 15.18
  // 13 does not say so itself: there it is seen by its transactions, which may only read. Where the
  // role's may anyway (default_transaction_read_only), a standby of 13 passes for a primary.
  [[nodiscard]] Result<bool> is_standby();
  [[nodiscard]] Result<SystemIdentity> identify_system();
  [[nodiscard]] Result<std::string> show(const std::string& setting);
  // The content of the timeline's history file; nothing when the server has no such file.
  [[nodiscard]] Result<std::optional<std::string>> timeline_history(Timeline timeline);

  // For base_backup_stream.h. Owned by this object.
  [[nodiscard]] pg_conn* raw() const { return session_.get(); }

 private:
  explicit ReplicationConnection(ServerSession session) : session_(std::move(session)) {}
  ServerSession session_;
};

}  // namespace walden
