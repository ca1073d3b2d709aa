// One SQL query in a session that was opened for queries.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/postgres/server_session.h"

namespace walden {

using ServerRow = std::vector<std::optional<std::string>>;  // NULL: nothing

// All rows, each of exactly `columns` values: the query itself bounds how many they are.
// `doing` is for errors: "ask the server for its settings". A server that is silent for longer
// than `patience` is ErrorKind::transient; what it refuses has the kind of server_error().
[[nodiscard]] Result<std::vector<ServerRow>> query_server(const ServerSession& session,
                                                          const std::string& doing,
                                                          const std::string& sql, int columns,
                                                          std::chrono::seconds patience);

}  // namespace walden
