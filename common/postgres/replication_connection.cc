#include "common/postgres/replication_connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <cstdlib>

#include "common/postgres/server_error.h"
#include "common/postgres/server_reader.h"
#include "common/postgres/whole_number.h"

namespace walden {
namespace {

constexpr int kOldestServer = 130000;
constexpr auto kPatience = std::chrono::seconds(60);  // for answers that need no work

// libpq lets a later value win. Before dbname stands what the conninfo may change, behind it what
// it must not.
class Parameters {
 public:
  explicit Parameters(const std::string& conninfo) {
    if (std::getenv("PGCONNECT_TIMEOUT") == nullptr) add("connect_timeout", "10");
    // A host that has vanished is found within a minute, and PQcancel() waits no longer either.
    add("keepalives_idle", "30");
    add("keepalives_interval", "10");
    add("keepalives_count", "3");
    add("tcp_user_timeout", "60000");
    add("fallback_application_name", "walden");
    add("dbname", conninfo.c_str());
    add("replication", "true");
  }
  [[nodiscard]] const char* const* names() const { return names_.data(); }
  [[nodiscard]] const char* const* values() const { return values_.data(); }

 private:
  void add(const char* name, const char* value) {
    names_[count_] = name;
    values_[count_++] = value;
  }
  static constexpr std::size_t kRoom = 9;  // ends in a null pointer
  std::array<const char*, kRoom> names_{};
  std::array<const char*, kRoom> values_{};
  std::size_t count_ = 0;
};

// SQLSTATE 53300; libpq keeps the code of a refused connection to itself.
bool is_full(std::string_view said) {
  return said.contains("max_wal_senders") || said.contains("too many") || said.contains("slots");
}

// libpq does not say why there is no connection but in words, which the server translates. A ping
// with the same parameters tells whether anyone is there at all.
Error no_connection(const Parameters& parameters, const std::string& conninfo,
                    std::string_view said) {
  const std::string line = one_line(said);
  switch (::PQpingParams(parameters.names(), parameters.values(), /*expand_dbname=*/1)) {
    case PQPING_OK:
      if (!is_full(said)) return refused_connection(said);
      return {ErrorKind::transient, fmt::format("cannot connect to the server: {}", line),
              "Raise max_wal_senders or max_connections, or wait until another client is done."};
    case PQPING_NO_ATTEMPT:
      // libpq quotes the word it stumbled over, which can be a part of the password.
      return {ErrorKind::configuration,
              conninfo.contains("password")
                  ? "cannot read the connection string"
                  : fmt::format("cannot read the connection string: {}", line),
              "Write it as for psql: \"host=db1 user=backup\", or use the PG* environment."};
    case PQPING_REJECT:
      return {ErrorKind::transient, fmt::format("cannot connect to the server: {}", line),
              "It is starting, stopping or recovering: try again."};
    default:
      return {ErrorKind::transient, fmt::format("cannot connect to the server: {}", line),
              "Check that it runs and that PGHOST and PGPORT (or the conninfo) lead to it."};
  }
}

Result<> check_version(int version) {
  if (version >= kOldestServer) return {};
  return fail(ErrorKind::configuration, fmt::format("the server is PostgreSQL {}", version / 10000),
              "Walden supports PostgreSQL 13 and newer.");
}

// What the server says beside the results is of interest only during a base backup; by default
// libpq prints it to standard error.
void ignore_notice(void* /*argument*/, const PGresult* /*notice*/) {}

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

void ReplicationConnection::Close::operator()(pg_conn* connection) const {
  ::PQfinish(connection);
}

ReplicationConnection::ReplicationConnection(ReplicationConnection&&) noexcept = default;
ReplicationConnection& ReplicationConnection::operator=(ReplicationConnection&&) noexcept = default;
ReplicationConnection::~ReplicationConnection() = default;

Result<ReplicationConnection> ReplicationConnection::open(const std::string& conninfo) {
  const Parameters parameters(conninfo);
  ReplicationConnection connection(
      ::PQconnectdbParams(parameters.names(), parameters.values(), /*expand_dbname=*/1));
  pg_conn* raw = connection.raw();
  if (raw == nullptr) return fail(ErrorKind::local_io, "cannot connect to the server: no memory");
  if (::PQstatus(raw) != CONNECTION_OK) {
    return std::unexpected(no_connection(parameters, conninfo, ::PQerrorMessage(raw)));
  }
  TRY(check_version(connection.server_version()));
  ::PQsetNoticeReceiver(raw, ignore_notice, nullptr);
  return connection;
}

int ReplicationConnection::server_version() const {
  return ::PQserverVersion(raw());
}

bool ReplicationConnection::is_standby() const {
  const char* value = ::PQparameterStatus(raw(), "in_hot_standby");
  return value != nullptr && std::string_view(value) == "on";
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
