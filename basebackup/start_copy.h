// How a restored server is started beside the old one: with a port, a log and, where the host keeps
// settings outside the data directory, settings of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace walden {

struct CopyToStart {
  std::filesystem::path pgdata;
  int major = 0;  // of its PostgreSQL
  std::uint64_t system_identifier = 0;
  bool has_settings = false;    // postgresql.conf was in the backup
  bool made_directory = false;  // so that there is room for a log beside it
  std::string user;             // whom root has to start it as; empty where the caller can
  std::uint16_t port = 0;
};

struct StartOfCopy {
  std::string commands;       // to paste, each line indented by two spaces
  std::filesystem::path log;  // where its first words are
  // Where the bucket's keys must be put; empty: the environment of the shell that starts it.
  std::filesystem::path environment;
};

// `root` is where the host's own files are looked for.
[[nodiscard]] StartOfCopy start_of_copy(const CopyToStart& copy,
                                        const std::filesystem::path& root = "/");

// The first port from `first` on that no server of this host listens at.
[[nodiscard]] std::uint16_t free_port(std::uint16_t first);

}  // namespace walden
