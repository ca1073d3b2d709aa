#include "wal-fetch-worker/prefetch_area.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <vector>

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolder = "pgsql_tmp_walden_fetch";

bool on_same_file_system(const fs::path& a, const fs::path& b) {
  struct stat of_a {};
  struct stat of_b {};
  return ::stat(a.c_str(), &of_a) == 0 && ::stat(b.c_str(), &of_b) == 0 &&
         of_a.st_dev == of_b.st_dev;
}

Result<> make_directory(const fs::path& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return fail_errno("create", directory.native(), errno);
}

FileDescriptor locked(const fs::path& directory) {
  FileDescriptor lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (lock && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return {};
  return lock;
}

// Best effort: what stays is removed another time.
void remove_abandoned_areas(const fs::path& folder) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
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
    if (on_same_file_system(place, wal) && make_directory(folder)) return folder;
  }
  const fs::path folder = wal / kFolder;
  TRY(make_directory(folder));
  return folder;
}

}  // namespace

Result<PrefetchArea> PrefetchArea::create(const fs::path& data_directory) {
  const fs::path folder = TRY(make_folder(data_directory));
  remove_abandoned_areas(folder);
  const fs::path directory = folder / std::to_string(::getpid());
  TRY(make_directory(directory));
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
