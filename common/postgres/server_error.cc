#include "common/postgres/server_error.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <array>

namespace walden {
namespace {

constexpr std::string_view kGrantReplication =
    "Give the role the right to it: ALTER ROLE <role> REPLICATION;";
constexpr std::string_view kAllowInHba =
    "Add a line for the database word \"replication\" and this role and host to pg_hba.conf, then "
    "reload.";
constexpr std::string_view kOtherUser =
    "Run it as the user that PostgreSQL runs as, or name a role: --connection 'user=...'";

std::string_view field(const pg_result* result, int code) {
  const char* text = ::PQresultErrorField(result, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

struct Class {
  std::string_view prefix;  // of the SQLSTATE
  ErrorKind kind;
  std::string_view remedy;
};

// The first that fits. Everything else may pass: another try costs little, and a person reads the
// server's own words.
constexpr std::array<Class, 8> kClasses = {{
    {"28", ErrorKind::denied, kAllowInHba},
    {"42501", ErrorKind::denied, kGrantReplication},
    {"42601", ErrorKind::configuration, "Upgrade Walden to a release that knows this PostgreSQL."},
    {"42", ErrorKind::configuration, ""},
    {"22", ErrorKind::configuration, ""},
    {"55000", ErrorKind::configuration, ""},
    {"XX001", ErrorKind::corrupt, "The server's own files are damaged: see its log."},
    {"XX002", ErrorKind::corrupt, "The server's own files are damaged: see its log."},
}};

Class class_of(std::string_view sqlstate) {
  for (const Class& known : kClasses) {
    if (sqlstate.starts_with(known.prefix)) return known;
  }
  return {"", ErrorKind::transient, "See the server's log, and try again."};
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c != '\n' && c != '\t' && c != '\r') {
      line.push_back(c);
    } else if (!line.empty() && line.back() != ' ') {
      line.push_back(' ');
    }
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

std::string_view sqlstate_of(const pg_result* result) {
  return field(result, PG_DIAG_SQLSTATE);
}

Error server_error(std::string_view doing, const pg_result* result) {
  const Class known = class_of(sqlstate_of(result));
  const std::string_view primary = field(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string_view detail = field(result, PG_DIAG_MESSAGE_DETAIL);
  const std::string_view hint = field(result, PG_DIAG_MESSAGE_HINT);
  std::string said = one_line(primary.empty() ? ::PQresultErrorMessage(result) : primary);
  if (!detail.empty()) said += fmt::format(" ({})", one_line(detail));
  return {known.kind, fmt::format("cannot {}: the server says: {}", doing, said),
          hint.empty() ? std::string(known.remedy) : one_line(hint)};
}

Error broken_connection(std::string_view doing, const pg_conn* connection) {
  return {ErrorKind::transient,
          fmt::format("cannot {}: the connection to the server broke: {}", doing,
                      one_line(::PQerrorMessage(connection))),
          "See the server's log, and try again."};
}

Error refused_connection(std::string_view said) {
  const bool role = said.contains("REPLICATION") || said.contains("replication role") ||
                    said.contains("walsender") || said.contains("WAL sender");
  std::string_view remedy = kAllowInHba;
  const bool no_such_role = said.contains("role \"") && said.contains("\" does not exist");
  if (no_such_role || said.contains("Peer authentication failed")) {
    remedy = kOtherUser;
  } else if (said.contains("password")) {
    remedy = "Check PGUSER and the password (PGPASSFILE, ~/.pgpass).";
  } else if (role && !said.contains("pg_hba.conf")) {
    remedy = kGrantReplication;
  }
  return {ErrorKind::denied, fmt::format("cannot connect to the server: {}", one_line(said)),
          std::string(remedy)};
}

}  // namespace walden
