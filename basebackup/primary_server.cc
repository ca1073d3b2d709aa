#include "basebackup/primary_server.h"

#include <fmt/format.h>

#include <string_view>

#include "common/postgres/server_query.h"
#include "common/postgres/whole_number.h"

namespace walden {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);

// Names are looked up in pg_catalog only, whatever the role's search_path says.
constexpr const char* kWho =
    "SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system()), "
    "pg_catalog.pg_is_in_recovery(), current_user, pg_catalog.current_database(), "
    "pg_catalog.has_function_privilege('pg_catalog.pg_switch_wal()', 'EXECUTE')";
constexpr const char* kSwitch = "SELECT pg_catalog.pg_switch_wal()";

std::unexpected<Error> of_primary(Error error) {
  error.cause = "the primary (--primary): " + error.cause;
  return std::unexpected(std::move(error));
}

Result<ServerRow> ask(const std::string& conninfo, const std::string& doing, const char* sql,
                      int columns) {
  const auto session = open_server_session(conninfo, SessionKind::queries);
  if (!session) return of_primary(session.error());
  auto rows = query_server(*session, doing, sql, columns, kPatience);
  if (!rows) return of_primary(rows.error());
  if (rows->size() == 1) return std::move(rows->front());
  return fail(ErrorKind::corrupt, fmt::format("cannot {}: {} rows came", doing, rows->size()));
}

}  // namespace

Result<PrimaryServer> PrimaryServer::look_at(const std::string& conninfo,
                                             std::uint64_t system_identifier) {
  const ServerRow row = TRY(ask(conninfo, "ask the primary who it is", kWho, 5));
  if (whole_number<std::uint64_t>(row[0].value_or(""), 10) != system_identifier) {
    return fail(ErrorKind::configuration,
                fmt::format("--primary leads to a server with system identifier {}, and the one to "
                            "back up has {}",
                            row[0].value_or("?"), system_identifier),
                "Give the connection of this standby's own primary.");
  }
  if (row[1] != "f") {
    return fail(ErrorKind::configuration, "--primary leads to a standby",
                "Only the primary can finish a WAL segment: give its connection (a conninfo of "
                "several hosts finds it with target_session_attrs=read-write).");
  }
  if (row[4] != "t") {
    return fail(
        ErrorKind::denied,
        fmt::format("role {} may not call pg_switch_wal() at the primary", row[2].value_or("?")),
        fmt::format("There, in database {}: GRANT EXECUTE ON FUNCTION pg_switch_wal() TO "
                    "{};",
                    row[3].value_or("?"), row[2].value_or("?")));
  }
  return PrimaryServer(conninfo);
}

Result<> PrimaryServer::finish_segment() const {
  TRY(ask(conninfo_, "ask the primary to finish its WAL segment", kSwitch, 1));
  return {};
}

}  // namespace walden
