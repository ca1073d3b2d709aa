#include "common/program/state_directory.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSystemWide = "/var/lib/walden";

std::optional<fs::path> variable(const char* name) {
  const char* value = ::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets it
  if (value == nullptr || *value != '/') return std::nullopt;
  return value;
}

Result<fs::path> base_of(const Configuration& configuration) {
  if (!configuration.state_directory.empty()) return configuration.state_directory;
  if (::access(kSystemWide, W_OK | X_OK) == 0) return kSystemWide;
  if (const auto state = variable("XDG_STATE_HOME")) return *state / "walden";
  if (const auto home = variable("HOME")) return *home / ".local/state/walden";
  return fail(ErrorKind::local_io,
              fmt::format("there is no directory to remember things in: {} is not there or not "
                          "writable, and HOME is not set",
                          kSystemWide),
              fmt::format("Make {} for this user, or set state_directory.", kSystemWide));
}

Result<> make(const fs::path& directory) {
  if (directory.has_parent_path() && directory.parent_path() != directory) {
    struct stat seen {};
    if (::stat(directory.parent_path().c_str(), &seen) != 0) TRY(make(directory.parent_path()));
  }
  if (::mkdir(directory.c_str(), 0700) != 0) {
    if (errno == EEXIST) return {};
    return fail_errno("make", directory.string(), errno);
  }
  struct stat parent {};
  if (::geteuid() == 0 && ::stat(directory.parent_path().c_str(), &parent) == 0 &&
      ::lchown(directory.c_str(), parent.st_uid, parent.st_gid) != 0) {
    return fail_errno("give away", directory.string(), errno);
  }
  return {};
}

}  // namespace

Result<fs::path> state_directory(const Configuration& configuration) {
  fs::path directory = TRY(base_of(configuration)) / configuration.cluster;
  TRY(make(directory));
  return directory;
}

}  // namespace walden
