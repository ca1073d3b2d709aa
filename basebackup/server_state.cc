#include "basebackup/server_state.h"

#include <fmt/format.h>

#include "common/postgres/server_query.h"
#include "common/postgres/whole_number.h"

namespace walden {
namespace {

constexpr auto kPatience = std::chrono::seconds(10);

// Names are looked up in pg_catalog only, whatever the role's search_path says.
constexpr const char* kSafePath = "SELECT pg_catalog.set_config('search_path', '', false)";

constexpr const char* kSettings =
    "SELECT name, setting FROM pg_settings WHERE name IN ('archive_command', 'archive_library', "
    "'archive_mode', 'archive_timeout', 'data_checksums', 'data_directory', 'full_page_writes', "
    "'max_wal_senders', 'wal_level', 'wal_segment_size')";

constexpr const char* kIdentity =
    "SELECT current_setting('server_version_num'), "
    "(SELECT system_identifier FROM pg_control_system()), pg_is_in_recovery()::int, current_user, "
    "(SELECT (rolreplication OR rolsuper)::int FROM pg_roles WHERE rolname = current_user), "
    "(SELECT count(*) FROM pg_stat_replication)";

// A clock that was set back makes no time of the past one of the future.
constexpr const char* kArchiver =
    "SELECT archived_count, failed_count, last_failed_wal, "
    "CASE WHEN last_archived_time IS NOT NULL THEN "
    "greatest(0, extract(epoch FROM clock_timestamp() - last_archived_time))::bigint END, "
    "CASE WHEN last_failed_time IS NOT NULL THEN "
    "greatest(0, extract(epoch FROM clock_timestamp() - last_failed_time))::bigint END, "
    "coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false)::int "
    "FROM pg_stat_archiver";

std::unexpected<Error> no_number(const std::string& doing) {
  return fail(ErrorKind::corrupt, fmt::format("cannot {}: the answer is no number", doing));
}

Result<std::uint64_t> number(const std::optional<std::string>& text, const std::string& doing) {
  const auto value = whole_number<std::uint64_t>(text.value_or(""), 10);
  if (!value) return no_number(doing);
  return *value;
}

Result<ServerRow> one_row(const ServerSession& session, const std::string& doing,
                          const std::string& sql, int columns) {
  auto rows = TRY(query_server(session, doing, sql, columns, kPatience));
  if (rows.size() == 1) return std::move(rows.front());
  return fail(ErrorKind::corrupt, fmt::format("cannot {}: {} rows came", doing, rows.size()));
}

Result<> ask_identity(const ServerSession& session, ServerState& state) {
  const std::string doing = "ask the server who it is";
  const ServerRow row = TRY(one_row(session, doing, kIdentity, 6));
  state.version = static_cast<int>(TRY(number(row[0], doing)));
  state.system_identifier = TRY(number(row[1], doing));
  state.is_standby = row[2] == "1";
  state.role = row[3].value_or("");
  state.may_replicate = row[4] == "1";
  state.senders_in_use = TRY(number(row[5], doing));
  return {};
}

Result<std::optional<std::chrono::seconds>> age(const std::optional<std::string>& seconds,
                                                const std::string& doing) {
  if (!seconds) return std::nullopt;
  return std::chrono::seconds(TRY(number(seconds, doing)));
}

Result<> ask_archiver(const ServerSession& session, ArchiverState& archiver) {
  const std::string doing = "ask the server how its archiver does";
  const ServerRow row = TRY(one_row(session, doing, kArchiver, 6));
  archiver.archived = TRY(number(row[0], doing));
  archiver.failed = TRY(number(row[1], doing));
  archiver.last_failed_wal = row[2].value_or("");
  archiver.last_archived_ago = TRY(age(row[3], doing));
  archiver.last_failed_ago = TRY(age(row[4], doing));
  archiver.failing = row[5] == "1";
  return {};
}

}  // namespace

std::string ServerState::setting(std::string_view name) const {
  const auto found = settings.find(name);
  return found == settings.end() ? std::string() : found->second;
}

Result<ServerState> ask_server_state(const ServerSession& session) {
  ServerState state;
  TRY(one_row(session, "choose the server's search_path", kSafePath, 1));
  TRY(ask_identity(session, state));
  TRY(ask_archiver(session, state.archiver));
  const std::string doing = "ask the server for its settings";
  for (const ServerRow& row : TRY(query_server(session, doing, kSettings, 2, kPatience))) {
    state.settings[row[0].value_or("")] = row[1].value_or("");
  }
  return state;
}

}  // namespace walden
