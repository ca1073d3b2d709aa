#include "basebackup/status_server.h"

#include <fmt/format.h>

#include <algorithm>

#include "basebackup/server_state.h"
#include "common/postgres/server_query.h"
#include "common/postgres/wal_name.h"
#include "common/postgres/whole_number.h"

namespace walden {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);
constexpr const char* kPosition =
    "SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')::bigint";

Result<std::uint64_t> ask_position(const ServerSession& session) {
  const std::string doing = "ask the server for its WAL position";
  const auto rows = TRY(query_server(session, doing, kPosition, 1, kPatience));
  const auto lsn =
      rows.size() == 1 ? whole_number<std::uint64_t>(rows[0][0].value_or(""), 10) : std::nullopt;
  if (lsn) return *lsn;
  return fail(ErrorKind::corrupt, fmt::format("cannot {}: the answer is no number", doing));
}

ServerFact facts_of(const ServerState& state) {
  ServerFact server;
  const ArchiverState& archiver = state.archiver;
  server.is_standby = state.is_standby;
  server.archiver_failing = archiver.failing;
  server.archived = archiver.archived;
  server.failed = archiver.failed;
  server.last_failed_wal = archiver.last_failed_wal;
  server.last_archived_ago = archiver.last_archived_ago;
  server.last_failed_ago = archiver.last_failed_ago;
  const auto timeout = whole_number<std::uint32_t>(state.setting("archive_timeout"), 10);
  server.archive_timeout = std::chrono::seconds(timeout.value_or(0));
  return server;
}

}  // namespace

std::optional<std::uint64_t> segments_behind(std::uint64_t current_lsn, std::uint32_t segment_size,
                                             const std::string& newest) {
  if (!valid_segment_size(segment_size)) return std::nullopt;
  const auto name = WalName::parse(newest);
  if (!name) return std::nullopt;
  const auto number = segment_number(*name, segment_size);
  if (!number) return std::nullopt;
  const std::uint64_t current = current_lsn / segment_size;
  return current > number->value ? current - number->value - 1 : 0;
}

Result<ServerFact> ask_archiving(const std::string& conninfo, std::uint64_t system_identifier,
                                 const std::string& newest) {
  const ServerSession session = TRY(open_server_session(conninfo, SessionKind::queries));
  const ServerState state = TRY(ask_server_state(session));
  if (state.system_identifier != system_identifier) {
    return fail(ErrorKind::configuration,
                fmt::format("the server is system {}, the archive is of system {}",
                            state.system_identifier, system_identifier),
                "Name the cluster's own server with --connection.");
  }
  ServerFact server = facts_of(state);
  if (state.is_standby) return server;
  const std::uint64_t lsn = TRY(ask_position(session));
  const auto size = whole_number<std::uint32_t>(state.setting("wal_segment_size"), 10);
  server.segments_behind = segments_behind(lsn, size.value_or(0), newest);
  return server;
}

}  // namespace walden
