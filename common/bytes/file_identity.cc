#include "common/bytes/file_identity.h"

#include <sys/stat.h>

#include <cerrno>

namespace walden {

Result<std::optional<FileIdentity>> find_identity(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    return FileIdentity{status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
                        status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  }
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  return fail_errno("look at", path.native(), errno);
}

Result<FileIdentity> identity_of(const std::filesystem::path& path) {
  const auto found = TRY(find_identity(path));
  if (!found) return fail_errno("look at", path.native(), ENOENT);
  return *found;
}

}  // namespace walden
