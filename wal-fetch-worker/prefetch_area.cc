#include "wal-fetch-worker/prefetch_area.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "common/call/worker_address.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = "pgsql_tmp_walden_fetch";
constexpr const char* kLock = "lock";

// The same mount, not only the same device: rename(2) does not go from one mount to another.
std::optional<std::pair<std::uint64_t, std::uint64_t>> mount_of(const fs::path& path) {
  struct statx status {};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_BASIC_STATS | STATX_MNT_ID, &status) != 0) {
    return std::nullopt;
  }
  const std::uint64_t device = ::gnu_dev_makedev(status.stx_dev_major, status.stx_dev_minor);
  return std::pair(device, (status.stx_mask & STATX_MNT_ID) != 0 ? status.stx_mnt_id : 0);
}

// Nobody else may put a file there, which would be delivered unverified, or a link, behind which
// things would be removed.
Result<> make_private_directory(const fs::path& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_errno("create", directory.native(), errno);
  }
  if (is_private_directory(directory.native())) return {};
  return fail_errno("use", directory.native(), EPERM);
}

// A file, because a directory cannot be locked on NFS.
FileDescriptor locked(const fs::path& directory) {
  FileDescriptor lock(
      ::open((directory / kLock).c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return {};
  return lock;
}

// Named by the process that made it.
bool is_area(const fs::path& path) {
  const std::string name = path.filename().native();
  return name.find_first_not_of("0123456789") == std::string::npos &&
         is_private_directory(path.native());
}

// Best effort: what stays is removed another time.
void remove_abandoned_areas(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (!is_area(entry->path())) continue;
    const FileDescriptor lock = locked(entry->path());
    std::error_code ignored;
    if (lock) fs::remove_all(entry->path(), ignored);
  }
}

Result<fs::path> make_folder(const fs::path& data_directory) {
  const fs::path link = data_directory / "pg_wal";
  std::error_code error;
  const fs::path wal = fs::canonical(link, error);
  if (error) return fail_errno("find", link.native(), error.value());
  for (const fs::path& place : {data_directory, wal.parent_path()}) {
    const fs::path folder = place / kFolder;
    if (mount_of(place) == mount_of(wal) && make_private_directory(folder)) return folder;
  }
  const fs::path folder = wal / kFolder;
  TRY(make_private_directory(folder));
  return folder;
}

}  // namespace

Result<PrefetchArea> PrefetchArea::create(const fs::path& data_directory) {
  const fs::path folder = TRY(make_folder(data_directory));
  remove_abandoned_areas(folder);
  const fs::path directory = folder / std::to_string(::getpid());
  TRY(make_private_directory(directory));
  FileDescriptor lock = locked(directory);
  if (!lock) return fail_errno("lock", directory.native(), errno);
  return PrefetchArea(directory, std::move(lock));
}

PrefetchArea::~PrefetchArea() {
  if (!lock_) return;
  std::error_code ignored;  // the next worker removes what stays
  fs::remove_all(directory_, ignored);
  fs::remove(directory_.parent_path(), ignored);  // unless another worker is in it
}

std::uint64_t PrefetchArea::free_space() const {
  std::error_code error;
  const auto space = fs::space(directory_, error);
  return error ? 0 : space.available;
}

}  // namespace walden
