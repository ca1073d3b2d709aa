// PostgreSQL's programs on this host, of the version that a backup needs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "common/bytes/error.h"

namespace walden {

struct ServerPrograms {
  std::filesystem::path folder;
  int version = 0;  // 150018 for 15.18

  [[nodiscard]] std::string program(const std::string& name) const { return folder / name; }
  [[nodiscard]] bool has(const std::string& name) const;
};

// In `bindir` where it is not empty; else where the packages of Debian and of postgresql.org put
// them; else in PATH. ErrorKind::configuration where there is no postgres of the major version of
// `server_version` (150018).
[[nodiscard]] Result<ServerPrograms> find_server_programs(const std::string& bindir,
                                                          int server_version);

// 150018 out of "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"; of "18beta1", 180000.
[[nodiscard]] std::optional<int> version_of_program(std::string_view said);

}  // namespace walden
