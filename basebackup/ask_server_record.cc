#include "basebackup/ask_server_record.h"

#include <fmt/format.h>

#include <algorithm>

#include "basebackup/schema_query.h"
#include "common/postgres/server_query.h"
#include "common/postgres/whole_number.h"
#include "common/program/human.h"

namespace walden {
namespace {

constexpr auto kPatience = std::chrono::seconds(20);
constexpr std::size_t kMaxDatabases = 200;
constexpr std::string_view kClosed = "it allows no connections";  // as template0

// The server gives up before we do, and no query waits for a lock that a migration holds.
constexpr const char* kSafeSession =
    "SELECT pg_catalog.set_config('search_path', '', false), "
    "pg_catalog.set_config('statement_timeout', '15s', false), "
    "pg_catalog.set_config('lock_timeout', '5s', false), "
    "pg_catalog.set_config('client_encoding', 'UTF8', false)";

// Those that a standby or a restored server must not set lower, and those that decide whether
// files fit. What the role may not see is not in pg_settings.
constexpr const char* kSettings =
    "SELECT name, pg_catalog.current_setting(name) FROM pg_catalog.pg_settings WHERE name IN ("
    "'block_size', 'data_checksums', 'full_page_writes', 'huge_pages', 'max_connections', "
    "'max_locks_per_transaction', 'max_prepared_transactions', 'max_wal_senders', "
    "'max_worker_processes', 'segment_size', 'server_version', 'shared_buffers', "
    "'shared_preload_libraries', 'track_commit_timestamp', 'wal_block_size', 'wal_level', "
    "'wal_log_hints', 'wal_segment_size')";

// Through JSON, because the columns of the locale are others in each version.
constexpr const char* kDatabases =
    "SELECT datname, pg_encoding_to_char(encoding), datcollate, datctype, "
    "CASE to_jsonb(d)->>'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' "
    "ELSE 'libc' END, "
    "coalesce(to_jsonb(d)->>'datlocale', to_jsonb(d)->>'daticulocale'), "
    "to_jsonb(d)->>'datcollversion', datallowconn::int "
    "FROM pg_catalog.pg_database d ORDER BY datname LIMIT 201";

constexpr const char* kExtensions =
    "SELECT extname, extversion FROM pg_catalog.pg_extension ORDER BY extname LIMIT 1000";

Result<ServerSession> open_session(const std::string& conninfo, const std::string& database) {
  auto session = TRY(open_server_session(conninfo, SessionKind::queries, database));
  TRY(query_server(session, "prepare a session with the server", kSafeSession, 4, kPatience));
  return session;
}

Result<> check_system(const std::optional<std::string>& said, std::uint64_t system_identifier) {
  if (said == std::to_string(system_identifier)) return {};
  return fail(ErrorKind::configuration, "another server answered than the one that is backed up");
}

struct KnownDatabase {
  DatabaseRecord record;
  bool may_connect = false;
};

Result<std::vector<KnownDatabase>> ask_databases(const ServerSession& session) {
  std::vector<KnownDatabase> databases;
  for (auto& row :
       TRY(query_server(session, "ask the server for its databases", kDatabases, 8, kPatience))) {
    KnownDatabase known;
    std::size_t column = 0;
    for (auto* text : {&known.record.name, &known.record.encoding, &known.record.collation,
                       &known.record.character_type, &known.record.locale_provider,
                       &known.record.locale, &known.record.collation_version}) {
      *text = std::move(row[column++]).value_or("");
    }
    known.may_connect = row[column] == "1";
    databases.push_back(std::move(known));
  }
  return databases;
}

Result<> ask_within(const std::string& conninfo, std::uint64_t system_identifier,
                    DatabaseRecord& database) {
  const ServerSession session = TRY(open_session(conninfo, database.name));
  const std::string doing = fmt::format("ask the server for the schema of {}", database.name);
  const auto rows = TRY(query_server(session, doing, schema_query(), 4, kPatience));
  if (rows.size() != 1) return fail(ErrorKind::corrupt, fmt::format("cannot {}: no answer", doing));
  const ServerRow& row = rows.front();
  TRY(check_system(row[3], system_identifier));
  database.schema_digest = row[0].value_or("");
  database.definitions = whole_number<std::uint64_t>(row[1].value_or(""), 10).value_or(0);
  if (const auto size = whole_number<std::uint64_t>(row[2].value_or(""), 10)) database.size = *size;
  for (auto& extension : TRY(query_server(session, doing, kExtensions, 2, kPatience))) {
    database.extensions.push_back({extension[0].value_or(""), extension[1].value_or("")});
  }
  return {};
}

Result<std::vector<KnownDatabase>> ask_server_itself(const std::string& conninfo,
                                                     std::uint64_t system_identifier,
                                                     ServerRecord& record) {
  const ServerSession session = TRY(open_session(conninfo, {}));
  const auto identity =
      TRY(query_server(session, "ask the server who it is",
                       "SELECT system_identifier FROM pg_control_system()", 1, kPatience));
  TRY(check_system(identity.empty() ? std::nullopt : identity.front().front(), system_identifier));
  for (const auto& row :
       TRY(query_server(session, "ask the server for its settings", kSettings, 2, kPatience))) {
    record.settings[row[0].value_or("")] = row[1].value_or("");
  }
  return ask_databases(session);
}

}  // namespace

ServerRecord ask_server_record(const std::string& conninfo, std::uint64_t system_identifier,
                               std::chrono::seconds patience, const std::atomic<bool>& cancel) {
  const auto end = std::chrono::steady_clock::now() + patience;
  ServerRecord record;
  auto databases = ask_server_itself(conninfo, system_identifier, record);
  if (!databases) {
    record.not_recorded = databases.error().cause;
    return record;
  }
  if (databases->size() > kMaxDatabases) {
    databases->resize(kMaxDatabases);
    record.not_recorded = fmt::format("there are more than {} databases", kMaxDatabases);
  }
  for (auto& [database, may_connect] : *databases) {
    if (!may_connect) {
      database.not_recorded = kClosed;
    } else if (cancel || std::chrono::steady_clock::now() >= end) {
      database.not_recorded = "there was no time left to ask";
    } else if (const auto asked = ask_within(conninfo, system_identifier, database); !asked) {
      database.not_recorded = asked.error().cause;
    }
    record.databases.push_back(std::move(database));
  }
  return record;
}

// What nobody can connect to, nobody can change.
std::string missing_of(const ServerRecord& record) {
  if (record.databases.empty()) return record.not_recorded;
  std::size_t count = 0;
  std::string first;
  for (const auto& database : record.databases) {
    if (database.not_recorded.empty() || database.not_recorded == kClosed) continue;
    if (count++ == 0) first = fmt::format("{}: {}", database.name, database.not_recorded);
  }
  if (count == 0) return record.not_recorded;
  const std::string more = count == 1 ? "" : fmt::format(" (and {} more)", count - 1);
  return fmt::format("the schema of database {}{}", first, more);
}

}  // namespace walden
