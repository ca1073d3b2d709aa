#include "common/postgres/replication_connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <chrono>

#include "common/postgres/server_error.h"
#include "common/postgres/server_reader.h"
#include "common/postgres/whole_number.h"

namespace walden {
namespace {

constexpr int kOldestServer = 130000;
constexpr int kReportsStandby = 140000;
constexpr auto kPatience = std::chrono::seconds(60);  // for answers that need no work

Result<> check_version(int version) {
  if (version >= kOldestServer) return {};
  return fail(ErrorKind::configuration, fmt::format("the server is PostgreSQL {}", version / 10000),
              "Walden supports PostgreSQL 13 and newer.");
}

// The command's first result; the others are read so that another command can follow.
Result<ServerResult> first_result(pg_conn* connection, const std::string& doing,
                                  const std::string& command) {
  ServerReader reader(connection, doing, nullptr);
  TRY(reader.send(command));
  ServerResult first;
  while (auto result = TRY(reader.next_result(kPatience))) {
    if (!first) first = std::move(result);
  }
  return first;
}

// Refuses anything but one row of at least `columns` values, none of them NULL.
Result<ServerResult> one_row(ServerResult row, const std::string& doing, int columns) {
  if (::PQresultStatus(row.get()) == PGRES_FATAL_ERROR) {
    return std::unexpected(server_error(doing, row.get()));
  }
  bool right = ::PQntuples(row.get()) == 1 && ::PQnfields(row.get()) >= columns;
  for (int i = 0; right && i < columns; ++i) right = ::PQgetisnull(row.get(), 0, i) == 0;
  if (right) return row;
  return fail(ErrorKind::corrupt, fmt::format("cannot {}: the answer has another shape", doing));
}

}  // namespace

ReplicationConnection::ReplicationConnection(ReplicationConnection&&) noexcept = default;
ReplicationConnection& ReplicationConnection::operator=(ReplicationConnection&&) noexcept = default;
ReplicationConnection::~ReplicationConnection() = default;

Result<ReplicationConnection> ReplicationConnection::open(const std::string& conninfo) {
  ReplicationConnection connection(TRY(open_server_session(conninfo, SessionKind::replication)));
  TRY(check_version(connection.server_version()));
  return connection;
}

int ReplicationConnection::server_version() const {
  return ::PQserverVersion(raw());
}

Result<bool> ReplicationConnection::is_standby() {
  if (server_version() >= kReportsStandby) {
    const char* value = ::PQparameterStatus(raw(), "in_hot_standby");
    return value != nullptr && std::string_view(value) == "on";
  }
  if (TRY(show("default_transaction_read_only")) == "on") return false;
  return TRY(show("transaction_read_only")) == "on";
}

Result<SystemIdentity> ReplicationConnection::identify_system() {
  const std::string doing = "ask the server who it is";
  auto answer = TRY(first_result(raw(), doing, "IDENTIFY_SYSTEM"));
  const auto row = TRY(one_row(std::move(answer), doing, 3));
  const auto system = whole_number<std::uint64_t>(::PQgetvalue(row.get(), 0, 0), 10);
  const auto timeline = whole_number<Timeline>(::PQgetvalue(row.get(), 0, 1), 10);
  const auto flushed = Lsn::parse(::PQgetvalue(row.get(), 0, 2));
  if (system && timeline && flushed) return SystemIdentity{*system, *timeline, *flushed};
  return fail(ErrorKind::corrupt, "cannot ask the server who it is: the answer does not parse");
}

Result<std::string> ReplicationConnection::show(const std::string& setting) {
  const std::string doing = fmt::format("ask the server for its setting {}", setting);
  if (setting.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.") != std::string::npos) {
    return fail(ErrorKind::usage, fmt::format("cannot {}: that is no name of one", doing));
  }
  const std::string command = "SHOW " + setting;
  auto answer = TRY(first_result(raw(), doing, command));
  const auto row = TRY(one_row(std::move(answer), doing, 1));
  return std::string(::PQgetvalue(row.get(), 0, 0));
}

Result<std::optional<std::string>> ReplicationConnection::timeline_history(Timeline timeline) {
  const std::string doing = fmt::format("ask the server for the history of timeline {}", timeline);
  const std::string command = fmt::format("TIMELINE_HISTORY {}", timeline);
  auto answer = TRY(first_result(raw(), doing, command));
  if (sqlstate_of(answer.get()) == kUndefinedFile) return std::nullopt;
  const auto row = TRY(one_row(std::move(answer), doing, 2));
  // Whatever type the server declares for the content, it sends the file's bytes as they are.
  const auto size = static_cast<std::size_t>(::PQgetlength(row.get(), 0, 1));
  return std::string(::PQgetvalue(row.get(), 0, 1), size);
}

}  // namespace walden
