#include "common/store/absence.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

namespace walden {
namespace {

namespace fs = std::filesystem;

bool is_missing(int error_number) {
  return error_number == ENOENT || error_number == ENOTDIR;
}

std::unexpected<Error> leads_nowhere(const fs::path& link, int error_number) {
  auto error = fail_errno("follow the link", link.native(), error_number);
  if (is_missing(error_number)) error.error().remedy = "Is the file system it leads to mounted?";
  return error;
}

}  // namespace

std::unexpected<Error> no_regular_file(const fs::path& path) {
  return fail(ErrorKind::local_io,
              fmt::format("{} is there, but is no regular file", path.native()),
              "The store holds directories and files only: move it away.");
}

Result<> check_absence(const fs::path& root, const fs::path& name) {
  fs::path path = root;
  struct stat status {};
  for (const fs::path& part : name) {
    if (part.empty()) continue;  // after a '/' at the end
    path /= part;
    if (::lstat(path.c_str(), &status) != 0) {
      if (is_missing(errno)) return {};
      return fail_errno("look at", path.native(), errno);
    }
    if (S_ISLNK(status.st_mode) && ::stat(path.c_str(), &status) != 0) {
      return leads_nowhere(path, errno);
    }
    if (!S_ISDIR(status.st_mode) && !S_ISREG(status.st_mode)) return no_regular_file(path);
  }
  // A folder's name may end in '/'; a file that has come since is no doubt about what was seen.
  if (S_ISDIR(status.st_mode) && name.has_filename()) return no_regular_file(path);
  return {};
}

Result<> check_removed(const fs::path& entry, int error_number) {
  struct stat status {};
  if (::lstat(entry.c_str(), &status) != 0 && is_missing(errno)) return {};
  if (S_ISLNK(status.st_mode)) return leads_nowhere(entry, error_number);
  return fail_errno("look at", entry.native(), error_number);
}

}  // namespace walden
