#include "common/postgres/server_session.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "common/postgres/server_error.h"

namespace walden {
namespace {

bool names_something(const char* text) {
  return text != nullptr && *text != '\0';
}

// A service can name the database too; what it says is not looked into.
bool names_database(const std::string& conninfo) {
  if (names_something(std::getenv("PGDATABASE")) || names_something(std::getenv("PGSERVICE"))) {
    return true;
  }
  const std::unique_ptr<PQconninfoOption, decltype(&::PQconninfoFree)> options(
      ::PQconninfoParse(conninfo.c_str(), nullptr), &::PQconninfoFree);
  if (!options) return true;  // connecting says what is wrong with it
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    const std::string_view keyword = option->keyword;
    if ((keyword == "dbname" || keyword == "service") && names_something(option->val)) return true;
  }
  return false;
}

// libpq lets a later value win. Before the conninfo stands what it may change, behind it what it
// must not.
class Parameters {
 public:
  Parameters(const std::string& conninfo, SessionKind kind, const std::string& database) {
    if (std::getenv("PGCONNECT_TIMEOUT") == nullptr) add("connect_timeout", "10");
    // A host that has vanished is found within a minute, and PQcancel() waits no longer either.
    add("keepalives_idle", "30");
    add("keepalives_interval", "10");
    add("keepalives_count", "3");
    add("tcp_user_timeout", "60000");
    add("fallback_application_name", "walden");
    add("dbname", conninfo.c_str());
    if (kind == SessionKind::replication) {
      add("replication", "true");
    } else if (!database.empty()) {
      add("dbname", database.c_str());  // libpq takes only the first one for a conninfo
    } else if (!names_database(conninfo)) {
      add("dbname", "postgres");
    }
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

// What the server says beside the results is of interest only during a base backup; by default
// libpq prints it to standard error.
void ignore_notice(void* /*argument*/, const PGresult* /*notice*/) {}

}  // namespace

void FinishSession::operator()(pg_conn* connection) const {
  ::PQfinish(connection);
}

Result<ServerSession> open_server_session(const std::string& conninfo, SessionKind kind,
                                          const std::string& database) {
  const Parameters parameters(conninfo, kind, database);
  ServerSession session(
      ::PQconnectdbParams(parameters.names(), parameters.values(), /*expand_dbname=*/1));
  if (!session) return fail(ErrorKind::local_io, "cannot connect to the server: no memory");
  if (::PQstatus(session.get()) != CONNECTION_OK) {
    return std::unexpected(no_connection(parameters, conninfo, ::PQerrorMessage(session.get())));
  }
  ::PQsetNoticeReceiver(session.get(), ignore_notice, nullptr);
  return session;
}

}  // namespace walden
