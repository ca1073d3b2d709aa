// What a server says of itself over an ordinary connection, as `basebackup check` wants to know it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "common/postgres/server_session.h"

namespace walden {

// pg_stat_archiver. The times are ages, by the server's clock.
struct ArchiverState {
  std::uint64_t archived = 0;
  std::uint64_t failed = 0;
  std::string last_failed_wal;
  std::optional<std::chrono::seconds> last_archived_ago;
  std::optional<std::chrono::seconds> last_failed_ago;
  bool failing = false;  // nothing has been archived since the last failure
};

struct ServerState {
  int version = 0;  // 150018 for 15.18
  std::uint64_t system_identifier = 0;
  bool is_standby = false;
  std::string role;
  bool may_replicate = false;        // rolreplication or superuser
  std::uint64_t senders_in_use = 0;  // of max_wal_senders
  ArchiverState archiver;
  // As pg_settings has them, in their base units. What is missing is unknown to this version, or
  // the role may not see it.
  std::map<std::string, std::string, std::less<>> settings;

  [[nodiscard]] std::string setting(std::string_view name) const;  // empty when missing
};

// Each answer must come within 10 s.
[[nodiscard]] Result<ServerState> ask_server_state(const ServerSession& session);

}  // namespace walden
