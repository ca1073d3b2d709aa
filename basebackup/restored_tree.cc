#include "basebackup/restored_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>

#include "common/bytes/files.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

Result<> empty_directory(const fs::path& directory) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    fs::remove_all(entry.path(), error);
    if (error) break;
  }
  if (error) return fail_errno("empty", directory.string(), error.value());
  return {};
}

Result<> take_away(const fs::path& directory, bool existed) {
  std::error_code error;
  if (!fs::exists(directory, error)) return {};
  TRY(empty_directory(directory));
  if (!existed && ::rmdir(directory.c_str()) != 0) {
    return fail_errno("remove", directory.string(), errno);
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

// A directory that was there and empty keeps its name and gets its mode: PostgreSQL refuses one
// that others may read.
Result<> RestoredTree::make_top(const fs::path& path, bool exists, std::uint32_t mode) {
  if (!exists) return make(path, mode);
  const FileDescriptor opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return fail_errno("open", path.string(), errno);
  TRY(give(opened.get(), mode, path));
  made_.push_back(path);
  return {};
}

Result<> RestoredTree::make(const fs::path& path, std::uint32_t mode) {
  if (::mkdir(path.c_str(), 0700) != 0) return fail_errno("create", path.string(), errno);
  made_.push_back(path);
  const FileDescriptor opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return fail_errno("open", path.string(), errno);
  // Without write permission for its owner nothing could be put into it.
  return give(opened.get(), mode | S_IRWXU, path);
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
  FileDescriptor file(::open(whole.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                             S_IRUSR | S_IWUSR));
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

Result<> RestoredTree::remove() const {
  const auto made = [this](const fs::path& path) { return std::ranges::count(made_, path) > 0; };
  if (made(place_.pgdata)) TRY(take_away(place_.pgdata, place_.exists));
  for (const auto& tablespace : place_.tablespaces) {
    if (made(tablespace.location)) TRY(take_away(tablespace.location, tablespace.exists));
  }
  return {};
}

}  // namespace walden
