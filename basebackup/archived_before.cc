#include "basebackup/archived_before.h"

#include <fmt/format.h>

#include "common/postgres/server_query.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

using Sign = std::optional<std::string>;

constexpr auto kPatience = std::chrono::seconds(10);
constexpr const char* kInRecovery = "is in recovery, and reads its WAL elsewhere";

constexpr const char* kState =
    "SELECT pg_catalog.pg_is_in_recovery()::int, pg_catalog.current_setting('archive_command'), "
    "last_archived_wal, "
    "pg_catalog.has_function_privilege('pg_catalog.pg_ls_archive_statusdir()', 'execute')::int "
    "FROM pg_catalog.pg_stat_archiver";

constexpr const char* kArchivedFile =
    "SELECT pg_catalog.left(name, -5) FROM pg_catalog.pg_ls_archive_statusdir() "
    "WHERE name LIKE '%.done' ORDER BY modification DESC LIMIT 1";

std::string has_archived(const std::string& file) {
  return fmt::format("has archived WAL before ({})", file);
}

Result<Sign> archived_file(const ServerSession& session) {
  const auto rows =
      TRY(query_server(session, "ask the server what is archived", kArchivedFile, 1, kPatience));
  if (rows.empty()) return std::nullopt;
  return has_archived(rows.front()[0].value_or(""));
}

}  // namespace

Result<Sign> sign_of_archive_in(const fs::path& data_directory) {
  std::error_code error;
  for (const char* signal : {"recovery.signal", "standby.signal"}) {
    if (fs::exists(data_directory / signal, error)) return kInRecovery;
    if (error) return fail_errno("look at", (data_directory / signal).native(), error.value());
  }
  const fs::path folder = data_directory / "pg_wal" / "archive_status";
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().extension() == ".done") return has_archived(entry->path().stem().native());
  }
  if (error) return fail_errno("list", folder.native(), error.value());
  return std::nullopt;
}

Result<Sign> sign_of_archive_at(const std::string& conninfo) {
  const ServerSession session = TRY(open_server_session(conninfo, SessionKind::queries));
  const std::string doing = "ask the server whether it has archived before";
  const auto rows = TRY(query_server(session, doing, kState, 4, kPatience));
  if (rows.size() != 1) {
    return fail(ErrorKind::corrupt, fmt::format("cannot {}: {} rows came", doing, rows.size()));
  }
  const ServerRow& state = rows.front();
  if (state[0] == "1") return kInRecovery;
  if (!state[1].value_or("").contains("wal-push")) return std::nullopt;
  if (state[2]) return has_archived(*state[2]);
  if (state[3] != "1") return std::nullopt;
  return archived_file(session);
}

}  // namespace walden
