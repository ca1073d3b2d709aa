#include "common/call/worker_address.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace walden {
namespace {

std::string socket_directory() {
  const char* given = std::getenv("WALDEN_WORKER_DIRECTORY");
  if (given != nullptr && given[0] != '\0') return given;
  return "/tmp/walden-" + std::to_string(::geteuid());
}

// FNV-1a, 64 bits. Only a name: the worker compares the whole identity.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return hash;
}

}  // namespace

std::optional<WorkerAddress> address_of(std::string_view identity) {
  std::array<char, 17> key{};
  std::snprintf(key.data(), key.size(), "%016llx",
                static_cast<unsigned long long>(hash_of(identity)));
  WorkerAddress address;
  address.directory = socket_directory();
  const std::string stem = address.directory + '/' + key.data();
  address.socket = stem + ".socket";
  address.lock = stem + ".lock";
  if (address.socket.size() >= sizeof(sockaddr_un::sun_path)) return std::nullopt;
  return address;
}

bool is_private_directory(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid() && (status.st_mode & 077U) == 0;
}

}  // namespace walden
