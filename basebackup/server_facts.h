// What a base backup must know of the server before it starts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/postgres/incremental_file.h"
#include "common/postgres/replication_connection.h"

namespace walden {

struct ServerFacts {
  std::uint64_t system_identifier = 0;
  Timeline timeline = 0;
  int version = 0;  // 150018 for 15.18
  std::uint32_t segment_size = 0;
  std::uint32_t data_directory_mode = 0700;
  std::string data_checksums;  // as SHOW prints it: "on", "off"
  bool is_standby = false;
};

// ErrorKind::configuration when archive_mode is off: a backup whose WAL is never archived cannot be
// restored, and that is the commonest way to have none.
[[nodiscard]] Result<ServerFacts> ask_server(ReplicationConnection& connection);

// Is a server that was connected to anew the one that was asked before, and in the same role? A
// conninfo of several hosts, or a name that moves, can lead to another. ErrorKind::transient.
[[nodiscard]] Result<> check_same_server(const ServerFacts& before, const ServerFacts& now);

// "16MB" and the like, as SHOW wal_segment_size prints it.
[[nodiscard]] Result<std::uint32_t> parse_segment_size(std::string_view text);

// As SHOW prints block_size, a power of two from 1024 to 32768, and segment_size ("1GB"), a
// multiple of it.
[[nodiscard]] Result<BlockLayout> parse_block_layout(std::string_view block_size,
                                                     std::string_view segment_size);

}  // namespace walden
