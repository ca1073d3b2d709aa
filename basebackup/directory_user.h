// Who works in a directory: a cheap second look where nothing else says that a server runs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace walden {

struct DirectoryUser {
  unsigned pid = 0;
  std::string program;
  std::filesystem::path directory;  // which of them
};

// A process whose working directory or one of whose open files lies in one of `directories`, or
// whose working directory is a data directory with a link to one. Only as far as this user may
// look: none found proves nothing. Files are known by their inodes, so that servers in containers
// are seen, which name them otherwise. Left out: ourselves, and the working directories of those
// that started us: a shell.
[[nodiscard]] std::optional<DirectoryUser> find_directory_user(
    const std::vector<std::filesystem::path>& directories);

}  // namespace walden
