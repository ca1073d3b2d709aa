#include "basebackup/restored_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <mutex>
#include <ranges>
#include <set>

#include "basebackup/in_parallel.h"
#include "common/bytes/files.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

// The claim stays to the end: until then nobody else may begin here.
Result<> empty_but_for_claim(const fs::path& directory) {
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().filename() == kRestoreClaim) continue;
    fs::remove_all(entry->path(), error);
    if (error) break;
  }
  if (error) return fail_errno("empty", directory.string(), error.value());
  return {};
}

Result<> take_away(RestoreClaim& claim, bool existed) {
  const fs::path& directory = claim.directory();
  std::error_code error;
  const bool is_there = fs::exists(directory, error);
  if (error) return fail_errno("look at", directory.string(), error.value());
  if (!is_there) return {};
  TRY(empty_but_for_claim(directory));
  TRY(claim.release());
  // ENOTEMPTY: another run has claimed it since it was released.
  if (!existed && ::rmdir(directory.c_str()) != 0 && errno != ENOTEMPTY) {
    return fail_errno("remove", directory.string(), errno);
  }
  return {};
}

// Durably, before anything else goes; a failure to make it so is no reason to leave the rest.
Result<> remove_control_file(const fs::path& path) {
  if (::unlink(path.c_str()) == 0) {
    (void)sync_directory(path.parent_path());
  } else if (errno != ENOENT) {
    return fail_errno("remove", path.string(), errno);
  }
  return {};
}

Result<> make_link(const fs::path& target, const fs::path& link) {
  std::error_code error;
  if (fs::read_symlink(link, error) == target && !error) return {};
  if (::unlink(link.c_str()) != 0 && errno != ENOENT) {
    return fail_errno("replace the link", link.string(), errno);
  }
  if (::symlink(target.c_str(), link.c_str()) != 0) {
    return fail_errno("create the link", link.string(), errno);
  }
  return {};
}

}  // namespace

Result<> RestoredTree::give(int fd, std::uint32_t mode, const fs::path& path) const {
  if (place_.owner && ::fchown(fd, place_.owner->user, place_.owner->group) != 0) {
    return fail_errno("change the owner of", path.string(), errno);
  }
  if (::fchmod(fd, mode) != 0) return fail_errno("change the mode of", path.string(), errno);
  return {};
}

Result<> RestoredTree::complete(int fd, const FileRecord& file) const {
  const fs::path path = path_of(file.path);
  TRY(give(fd, file.mode, path));
  const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                             {.tv_sec = file.modified, .tv_nsec = 0}};
  if (::futimens(fd, times) != 0) return fail_errno("set the time of", path.string(), errno);
  return {};
}

// Only what was claimed is ours: whatever lies in another directory is not ours to take away. One
// that was just created is claimed as well, as another run can already have found it empty.
Result<> RestoredTree::claim_top(const Top& top, const ClaimedFor& what) {
  const auto& path = top.path;
  if (!top.exists && ::mkdir(path.c_str(), S_IRWXU) != 0) {
    return errno == EEXIST ? claimed_by_another(path) : fail_errno("create", path.string(), errno);
  }
  auto claim = top.over_old ? RestoreClaim::take_over(path, what) : RestoreClaim::take(path, what);
  if (!claim) {
    // Fails where the other run is in it.
    if (!top.exists) (void)::rmdir(path.c_str());
    return std::unexpected(claim.error());
  }
  claims_.push_back(std::move(*claim));
  return file_systems_.watch(path);
}

Result<> RestoredTree::claim(const BackupSummary& backup) {
  const ClaimedFor what{backup.id, backup.system_identifier};
  TRY(claim_top({place_.pgdata, place_.exists, place_.over_old}, what));
  for (const auto& tablespace : place_.tablespaces) {
    TRY(claim_top({tablespace.location, tablespace.exists, tablespace.over_old}, what));
  }
  if (place_.wal_directory) TRY(claim_top({*place_.wal_directory, true, true}, what));
  return place_.over_old ? disarm() : Result<>{};
}

// Before anything else is changed: with a control file that came back after a power failure, a
// server would start from half of one copy and half of another.
Result<> RestoredTree::disarm() const {
  const fs::path control = path_of(kControlFilePath);
  TRY(remove_control_file(control));
  std::error_code error;
  const bool has_folder = fs::exists(control.parent_path(), error);
  return has_folder || error ? sync_directory(control.parent_path()) : Result<>{};
}

// Without write permission for its owner nothing could be put into it. One that was there gets its
// mode too: PostgreSQL refuses a data directory that others may read.
Result<> RestoredTree::give_directory(const fs::path& path, std::uint32_t mode) const {
  const FileDescriptor opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return fail_errno("open", path.string(), errno);
  return give(opened.get(), mode | S_IRWXU, path);
}

Result<> RestoredTree::make(const fs::path& path, std::uint32_t mode) {
  const bool may_be_there = place_.over_old;
  if (::mkdir(path.c_str(), S_IRWXU) != 0 && !(may_be_there && errno == EEXIST)) {
    return fail_errno("create", path.string(), errno);
  }
  directories_.push_back(path);
  // Of an old copy's, any can be another file system's.
  if (may_be_there) TRY(file_systems_.watch(path));
  return give_directory(path, mode);
}

Result<> RestoredTree::link_tablespaces() {
  for (const auto& tablespace : place_.tablespaces) {
    const fs::path link = path_of(fmt::format("pg_tblspc/{}", tablespace.oid));
    TRY(make_link(tablespace.location, link));
    if (place_.owner && ::lchown(link.c_str(), place_.owner->user, place_.owner->group) != 0) {
      return fail_errno("change the owner of", link.string(), errno);
    }
  }
  return {};
}

Result<> RestoredTree::make_directories(const ManifestFile& manifest) {
  const std::uint32_t mode = manifest.summary().data_directory_mode;
  for (const auto& claim : claims_) {
    directories_.push_back(claim.directory());
    TRY(give_directory(claim.directory(), mode));
  }
  std::set<fs::path> links;
  for (const auto& tablespace : place_.tablespaces) {
    links.insert(path_of(fmt::format("pg_tblspc/{}", tablespace.oid)));
  }
  // Tablespaces come first in a backup: their directories stand before pg_tblspc itself.
  std::map<std::string, std::uint32_t> in_order;
  TRY(manifest.for_each_directory([&](const DirectoryRecord& directory) -> Result<> {
    in_order[directory.path] = directory.mode;
    return {};
  }));
  for (const auto& tablespace : manifest.summary().tablespaces) {
    in_order.try_emplace(fmt::format("pg_tblspc/{}", tablespace.oid), mode);
  }
  for (const auto& [path, own_mode] : in_order) {
    if (!links.contains(path_of(path))) TRY(make(path_of(path), own_mode));
    if (path == "pg_tblspc") TRY(link_tablespaces());
  }
  return {};
}

Result<FileDescriptor> RestoredTree::create_file(const std::string& path) const {
  const fs::path whole = path_of(path);
  FileDescriptor file(
      ::open(whole.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) return fail_errno("create", whole.string(), errno);
  return file;
}

Result<> RestoredTree::sync_files(const ManifestFile& manifest, unsigned threads,
                                  const std::atomic<bool>& cancel) const {
  if (file_systems_.suffices()) return file_systems_.sync();
  auto files = manifest.files();
  std::mutex mutex;
  return take_turns(threads, [&]() -> Result<bool> {
    std::optional<FileRecord> file;
    {
      const std::lock_guard lock(mutex);
      file = TRY(files.next());
    }
    if (!file) return false;
    if (cancel) return fail(ErrorKind::transient, "interrupted");
    if (file->path == kControlFilePath || file->path == kRestoreClaim) return true;
    const auto path = path_of(file->path);
    const FileDescriptor opened = TRY(open_for_reading(path));
    TRY(sync_file(opened.get(), path));
    return true;
  });
}

Result<> RestoredTree::sync_directories() const {
  for (const auto& path : directories_) TRY(sync_directory(path));
  for (const auto& claim : claims_) TRY(sync_directory(claim.directory().parent_path()));
  return {};
}

// The data directory last, as it is what another run claims first.
Result<> RestoredTree::release() {
  for (auto& claim : std::ranges::reverse_view(claims_)) TRY(claim.release());
  return {};
}

bool RestoredTree::may_be_removed() const {
  return !place_.over_old &&
         std::ranges::none_of(place_.tablespaces, [](const auto& place) { return place.over_old; });
}

bool RestoredTree::is_claimed(const fs::path& path) const {
  return std::ranges::any_of(claims_, [&](const auto& claim) { return claim.directory() == path; });
}

// The control file first: from what is left, should this be cut off, no server starts. The data
// directory's claim last: it is what leads --resume to the rest.
Result<> RestoredTree::remove() {
  if (is_claimed(place_.pgdata)) TRY(remove_control_file(path_of(kControlFilePath)));
  for (auto& claim : std::ranges::reverse_view(claims_)) {
    const auto tablespace =
        std::ranges::find(place_.tablespaces, claim.directory(), &TablespacePlace::location);
    const bool existed =
        tablespace == place_.tablespaces.end() ? place_.exists : tablespace->exists;
    TRY(take_away(claim, existed));
  }
  return {};
}

}  // namespace walden
