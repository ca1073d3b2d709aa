#include "basebackup/empty_directory.h"

#include <dirent.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "basebackup/restore_claim.h"
#include "common/bytes/files.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

Result<bool> has_no_entries(const fs::path& directory) {
  const std::unique_ptr<DIR, CloseDirectory> opened(::opendir(directory.c_str()));
  if (!opened) return fail_errno("look into", directory.string(), errno);
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(opened.get());
    if (entry == nullptr && errno != 0) return fail_errno("read", directory.string(), errno);
    if (entry == nullptr) return true;
    if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) return false;
  }
}

std::unexpected<Error> not_empty(const fs::path& path) {
  struct stat facts {};
  if (::lstat((path / kRestoreClaim).c_str(), &facts) == 0) {
    return fail(ErrorKind::exists,
                fmt::format("{} is not empty: its {} says that a restore is running there or was "
                            "cut off",
                            path.string(), kRestoreClaim),
                "Nothing was changed. To go on with it: the same command with --resume. Or remove "
                "all that is in it, or choose another directory.");
  }
  return fail(ErrorKind::exists, fmt::format("{} is not empty", path.string()),
              "Nothing was changed. Choose a directory that is empty or does not exist yet, or "
              "move this one away.");
}

Result<> check_writable(const fs::path& directory) {
  if (::access(directory.c_str(), W_OK | X_OK) == 0) return {};
  return fail_errno("write into", directory.string(), errno);
}

fs::path existing(const fs::path& path) {
  struct stat facts {};
  return ::stat(path.c_str(), &facts) == 0 ? path : path.parent_path();
}

Result<> check_parent(const fs::path& path) {
  struct stat facts {};
  const fs::path parent = path.parent_path();
  if (::stat(parent.c_str(), &facts) != 0) {
    auto error = fail_errno("create", path.string(), errno);
    if (error.error().remedy.empty()) {
      return fail(error.error().kind, error.error().cause,
                  fmt::format("Create the directory above it: mkdir -p {}", parent.string()));
    }
    return error;
  }
  if (S_ISDIR(facts.st_mode)) return check_writable(parent);
  return fail_errno("create", path.string(), ENOTDIR);
}

}  // namespace

Result<bool> check_free(const fs::path& path) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) {
    if (errno != ENOENT) return fail_errno("look at", path.string(), errno);
    TRY(check_parent(path));
    return false;
  }
  if (::stat(path.c_str(), &facts) != 0) return fail_errno("look at", path.string(), errno);
  if (!S_ISDIR(facts.st_mode)) {
    return fail(ErrorKind::exists, fmt::format("{} is not a directory", path.string()),
                "Nothing was changed. Choose a directory that is empty or does not exist yet.");
  }
  if (!TRY(has_no_entries(path))) return not_empty(path);
  TRY(check_writable(path));
  return true;
}

Result<bool> holds_anything(const fs::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode)) return false;
  if (TRY(has_no_entries(path))) return false;
  TRY(check_writable(path));
  return true;
}

Result<FileSystemSpace> space_at(const fs::path& path) {
  const fs::path there = existing(path);
  struct stat facts {};
  struct statvfs space {};
  if (::stat(there.c_str(), &facts) != 0 || ::statvfs(there.c_str(), &space) != 0) {
    return fail_errno("look at the file system of", there.string(), errno);
  }
  return FileSystemSpace{facts.st_dev, std::uint64_t{space.f_bavail} * space.f_frsize,
                         std::uint64_t{space.f_blocks} * space.f_frsize};
}

namespace {

int first_number(std::string_view text) {
  text.remove_prefix(text.starts_with('-') ? 1 : 0);
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

// A standalone backend writes its number with a minus.
int running_server(const fs::path& path) {
  constexpr std::size_t kMaxPidFile = 4096;
  const auto content = read_file(path / "postmaster.pid", kMaxPidFile);
  if (!content) return 0;
  const int pid = first_number(text_of(*content));
  if (pid <= 1 || (::kill(pid, 0) != 0 && errno != EPERM)) return 0;
  return pid;
}

}  // namespace walden
