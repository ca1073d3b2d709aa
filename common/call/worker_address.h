// Where a worker listens: $WALDEN_WORKER_DIRECTORY, else /tmp/walden-<uid>, in a folder that only
// its owner may enter (mode 0700): who can reach the socket has the same rights anyway.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace walden {

struct WorkerAddress {
  std::string directory;
  std::string socket;  // <directory>/<hash of the identity>.socket, at most 107 bytes
  std::string lock;    // <directory>/<the same>.lock, held by the worker that listens
};

// Nothing when the path would be too long for a socket.
[[nodiscard]] std::optional<WorkerAddress> address_of(std::string_view identity);

// A directory, no link, of this user, closed to all others.
[[nodiscard]] bool is_private_directory(const std::string& path);

}  // namespace walden
