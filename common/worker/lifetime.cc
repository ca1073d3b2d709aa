#include "common/worker/lifetime.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>

namespace walden {
namespace {

namespace fs = std::filesystem;

// What cannot be looked at counts as not there: the caller then looks by itself, and says why.
std::optional<FileIdentity> seen_at(const fs::path& path) {
  return find_identity(path).value_or(std::nullopt);
}

// A server that was killed leaves its postmaster.pid, whose first line is its process (miscinit.c).
// What cannot be read or understood counts as running.
bool server_runs(const fs::path& data_directory) {
  const fs::path path = data_directory / "postmaster.pid";
  if (!seen_at(path)) return false;
  std::ifstream file(path);
  int process = 0;
  if (!(file >> process) || process == 0) return true;
  return ::kill(std::abs(process), 0) == 0 || errno == EPERM;
}

// Its size and time change all the while.
bool is_same_directory(const std::optional<FileIdentity>& a, const std::optional<FileIdentity>& b) {
  return a && b && a->device == b->device && a->inode == b->inode;
}

}  // namespace

Lifetime::Lifetime(fs::path data_directory, const std::vector<fs::path>& watched,
                   std::chrono::seconds idle)
    : data_directory_(std::move(data_directory)),
      directory_identity_(seen_at(data_directory_)),
      server_ran_(server_runs(data_directory_)),
      idle_(idle) {
  for (const auto& path : watched) watched_.push_back({path, seen_at(path)});
}

bool Lifetime::is_outdated() const {
  return !is_same_directory(seen_at(data_directory_), directory_identity_) ||
         std::ranges::any_of(watched_, [](const Watched& watched) {
           return seen_at(watched.path) != watched.identity;
         });
}

bool Lifetime::is_over(Time last_call, Time now) const {
  return now - last_call >= idle_ || (server_ran_ && !server_runs(data_directory_));
}

}  // namespace walden
