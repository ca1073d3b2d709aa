// A session with the server, opened and closed through libpq.
#pragma once

#include <memory>
#include <string>

#include "common/bytes/error.h"

struct pg_conn;

namespace walden {

struct FinishSession {
  void operator()(pg_conn* connection) const;
};
using ServerSession = std::unique_ptr<pg_conn, FinishSession>;

enum class SessionKind { replication, queries };

// `conninfo` as libpq takes it; empty means the PG* environment. Connects within connect_timeout,
// 10 s when the conninfo and environment set none. For queries, the database is "postgres" where
// neither names one: a role that takes backups seldom has a database of its own name. A `database`
// that is given takes the place of theirs.
// Errors: denied for authentication and rights, with a remedy; configuration for a conninfo that
// cannot be read; transient for a server that is not there, starting, or full.
[[nodiscard]] Result<ServerSession> open_server_session(const std::string& conninfo,
                                                        SessionKind kind,
                                                        const std::string& database = {});

}  // namespace walden
