#include "basebackup/restored_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

#include "basebackup/restore_claim.h"
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

Result<> take_away(const fs::path& directory, bool existed) {
  std::error_code error;
  const bool is_there = fs::exists(directory, error);
  if (error) return fail_errno("look at", directory.string(), error.value());
  if (!is_there) return {};
  TRY(empty_but_for_claim(directory));
  TRY(release_directory(directory));
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

}  // namespace

Result<> RestoredTree::give(int fd, std::uint32_t mode, const fs::path& path) const {
  if (place_.owner && ::fchown(fd, place_.owner->user, place_.owner->group) != 0) {
    return fail_errno("change the owner of", path.string(), errno);
  }
  if (::fchmod(fd, mode) != 0) return fail_errno("change the mode of", path.string(), errno);
  return {};
}

// Only what was claimed is made_: whatever lies in another directory is not ours to take away.
// One that was just created is claimed as well, as another run can already have found it empty.
Result<> RestoredTree::make_top(const fs::path& path, bool exists, std::uint32_t mode) {
  if (!exists && ::mkdir(path.c_str(), S_IRWXU) != 0) {
    return errno == EEXIST ? claimed_by_another(path) : fail_errno("create", path.string(), errno);
  }
  if (auto claimed = claim_directory(path); !claimed) {
    // Fails where the other run is in it.
    if (!exists) (void)::rmdir(path.c_str());
    return claimed;
  }
  made_.push_back(path);
  return give_directory(path, mode);
}

// Without write permission for its owner nothing could be put into it. One that was there gets its
// mode too: PostgreSQL refuses a data directory that others may read.
Result<> RestoredTree::give_directory(const fs::path& path, std::uint32_t mode) const {
  const FileDescriptor opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return fail_errno("open", path.string(), errno);
  return give(opened.get(), mode | S_IRWXU, path);
}

Result<> RestoredTree::make(const fs::path& path, std::uint32_t mode) {
  if (::mkdir(path.c_str(), S_IRWXU) != 0) return fail_errno("create", path.string(), errno);
  made_.push_back(path);
  return give_directory(path, mode);
}

Result<> RestoredTree::link_tablespaces() {
  for (const auto& tablespace : place_.tablespaces) {
    const fs::path link = path_of(fmt::format("pg_tblspc/{}", tablespace.oid));
    if (::symlink(tablespace.location.c_str(), link.c_str()) != 0) {
      return fail_errno("create the link", link.string(), errno);
    }
    if (place_.owner && ::lchown(link.c_str(), place_.owner->user, place_.owner->group) != 0) {
      return fail_errno("change the owner of", link.string(), errno);
    }
  }
  return {};
}

Result<> RestoredTree::make_directories(const Manifest& manifest) {
  const std::uint32_t mode = manifest.summary.data_directory_mode;
  TRY(make_top(place_.pgdata, place_.exists, mode));
  for (const auto& tablespace : place_.tablespaces) {
    TRY(make_top(tablespace.location, tablespace.exists, mode));
  }
  std::set<fs::path> links;
  for (const auto& tablespace : place_.tablespaces) {
    links.insert(path_of(fmt::format("pg_tblspc/{}", tablespace.oid)));
  }
  // Tablespaces come first in a backup: their directories stand before pg_tblspc itself.
  std::map<std::string, std::uint32_t> in_order;
  for (const auto& directory : manifest.directories) in_order[directory.path] = directory.mode;
  for (const auto& tablespace : manifest.summary.tablespaces) {
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
  // A server that was started on a directory with a claim left in it has it in its backups: it goes
  // into ours, and with it.
  const int exclusively = path == kRestoreClaim ? 0 : O_EXCL;
  FileDescriptor file(::open(
      whole.c_str(), O_WRONLY | O_CREAT | exclusively | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file) return fail_errno("create", whole.string(), errno);
  return file;
}

Result<> RestoredTree::sync_directories() const {
  for (const auto& path : made_) TRY(sync_directory(path));
  TRY(sync_directory(place_.pgdata.parent_path()));
  for (const auto& tablespace : place_.tablespaces) {
    TRY(sync_directory(tablespace.location.parent_path()));
  }
  return {};
}

// The data directory last, as it is what another run claims first.
Result<> RestoredTree::release() const {
  for (const auto& tablespace : place_.tablespaces) TRY(release_directory(tablespace.location));
  return release_directory(place_.pgdata);
}

// The control file first: from what is left, should this be cut off, no server starts.
Result<> RestoredTree::remove() const {
  const auto made = [this](const fs::path& path) { return std::ranges::count(made_, path) > 0; };
  if (made(place_.pgdata)) {
    TRY(remove_control_file(path_of(kControlFilePath)));
    TRY(take_away(place_.pgdata, place_.exists));
  }
  for (const auto& tablespace : place_.tablespaces) {
    if (made(tablespace.location)) TRY(take_away(tablespace.location, tablespace.exists));
  }
  return {};
}

}  // namespace walden
