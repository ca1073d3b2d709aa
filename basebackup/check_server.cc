#include "basebackup/check_server.h"

#include <fmt/format.h>

#include "basebackup/check_settings.h"
#include "basebackup/check_space.h"
#include "basebackup/server_state.h"
#include "common/postgres/control_file.h"
#include "common/postgres/replication_connection.h"
#include "common/postgres/whole_number.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kReplication = "replication";
constexpr std::string_view kWalDirectory = "pg_wal";

Result<ServerState> ask(const std::string& conninfo) {
  const ServerSession session = TRY(open_server_session(conninfo, SessionKind::queries));
  return ask_server_state(session);
}

Result<std::uint64_t> identify(const std::string& conninfo) {
  auto connection = TRY(ReplicationConnection::open(conninfo));
  return TRY(connection.identify_system()).system_identifier;
}

Fact look_at_replication(const std::string& conninfo, const ServerState* state, ServerLook& look) {
  if (state != nullptr && !state->may_replicate) return judge_replication(state, {});
  const auto identifier = identify(conninfo);
  if (!identifier) return judge_replication(state, std::unexpected(identifier.error()));
  look.system_identifier = *identifier;
  return judge_replication(state, {});
}

// A directory of that name on this host can be another server's.
Result<bool> is_of_server(const fs::path& directory, std::uint64_t system_identifier) {
  std::error_code error;
  if (fs::status(directory, error).type() == fs::file_type::not_found) return false;
  return TRY(read_control_file(directory)).system_identifier == system_identifier;
}

Fact look_at_wal_directory(const ServerState& state, ServerLook& look) {
  const fs::path directory = state.setting("data_directory");
  if (directory.empty()) {
    return not_asked(kWalDirectory, fmt::format("role {} may not see where it is", state.role),
                     "GRANT pg_read_all_settings TO that role, if you want it checked");
  }
  const auto ours = is_of_server(directory, state.system_identifier);
  if (!ours) {
    return not_asked(kWalDirectory, ours.error().cause, "run this as the server's own user");
  }
  if (!*ours) return not_asked(kWalDirectory, "the server runs on another host");
  look.data_directory = directory;
  return check_space_at(kWalDirectory, directory / "pg_wal", look.segment_size);
}

void look_around(const std::string& conninfo, const ServerState& state, ServerLook& look) {
  look.system_identifier = state.system_identifier;
  const auto size = whole_number<std::uint64_t>(state.setting("wal_segment_size"), 10);
  look.segment_size = size.value_or(look.segment_size);
  look.facts = judge_server(state);
  look.facts.push_back(look_at_replication(conninfo, &state, look));
  look.facts.push_back(look_at_wal_directory(state, look));
}

// Rights for a replication connection alone are enough for backups.
void look_without_queries(const std::string& conninfo, const Error& why, ServerLook& look) {
  look.facts = server_not_asked(why);
  look.facts.push_back(why.kind == ErrorKind::denied
                           ? look_at_replication(conninfo, nullptr, look)
                           : not_asked(kReplication, "no connection to the server"));
  look.facts.push_back(not_asked(kWalDirectory, "no connection to the server"));
}

}  // namespace

ServerLook look_at_server(const std::string& conninfo) {
  ServerLook look;
  const auto state = ask(conninfo);
  if (state) {
    look_around(conninfo, *state, look);
  } else {
    look_without_queries(conninfo, state.error(), look);
  }
  return look;
}

}  // namespace walden
