// `basebackup check`: what the server's own words say about its backups. Pure judgement.
#pragma once

#include "basebackup/check_fact.h"
#include "basebackup/server_state.h"

namespace walden {

// Facts "server", "wal_level", "archive_mode", "archive_command", "archiver", "archive_timeout",
// "wal_senders", "data_checksums" and "full_page_writes", in this order.
[[nodiscard]] Facts judge_server(const ServerState& state);

// The same facts, of a server that could not be asked.
[[nodiscard]] Facts server_not_asked(const Error& why);

// Fact "replication": the role's right, and whether pg_hba.conf and a free sender let it in.
// `state` is null where nothing is known of the role.
[[nodiscard]] Fact judge_replication(const ServerState* state, const Result<>& connecting);

}  // namespace walden
