// `basebackup check`: the server's part, asked over an ordinary and over a replication connection.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "basebackup/check_fact.h"

namespace walden {

struct ServerLook {
  Facts facts;
  // As far as the server said so; what follows is for the store's part.
  std::optional<std::uint64_t> system_identifier;
  std::uint64_t segment_size = 16U << 20U;
  // Only where it lies on this host: its pg_control is this server's.
  std::optional<std::filesystem::path> data_directory;
};

// `conninfo` as for basebackup push. Every wait ends within 10 s of silence.
[[nodiscard]] ServerLook look_at_server(const std::string& conninfo);

}  // namespace walden
