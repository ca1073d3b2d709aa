#include "basebackup/old_tree.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "basebackup/path_mark.h"
#include "basebackup/restore_claim.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr char kFile = 'f';
constexpr char kDirectory = 'd';
constexpr std::string_view kWal = "pg_wal";

// A directory where the backup has a file, or the reverse, is as unknown as any other.
std::uint64_t mark_of(char kind, const std::string& path) {
  return path_mark(kind + path);
}

std::unexpected<Error> in_the_way(const fs::path& path, std::string_view what) {
  return fail(ErrorKind::exists, fmt::format("{} {}", path.string(), what),
              "Nothing was changed. Put it aside, or restore into an empty directory.");
}

Result<dev_t> device_of(const fs::path& path) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) return fail_errno("look at", path.string(), errno);
  return facts.st_dev;
}

// How many files are in it: 1 for what is no directory.
Result<std::uint64_t> count_files(const fs::path& path) {
  std::error_code error;
  if (fs::symlink_status(path, error).type() != fs::file_type::directory) return 1;
  const dev_t device = TRY(device_of(path));
  if (device != TRY(device_of(path.parent_path()))) {
    return in_the_way(path, "is not in the backup, and another file system is mounted there");
  }
  std::uint64_t files = 0;
  fs::recursive_directory_iterator entry(path, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (!entry->is_directory(error) || entry->is_symlink(error)) {
      ++files;
    } else if (TRY(device_of(entry->path())) != device) {
      return in_the_way(entry->path(),
                        "is not in the backup, and another file system is mounted there");
    }
  }
  if (error) return fail_errno("look into", path.string(), error.value());
  return files;
}

Result<> remove_all(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return fail_errno("remove", path.string(), error.value());
  return {};
}

}  // namespace

Result<OldTree> OldTree::look(const RestorePlace& place, const ManifestFile& manifest) {
  OldTree tree(place);
  tree.known_.reserve(manifest.facts().files + manifest.facts().directories);
  TRY(manifest.for_each_directory([&](const DirectoryRecord& directory) -> Result<> {
    tree.known_.push_back(mark_of(kDirectory, directory.path));
    return {};
  }));
  TRY(manifest.for_each_file([&](const FileRecord& file) -> Result<> {
    tree.known_.push_back(mark_of(kFile, file.path));
    return {};
  }));
  std::ranges::sort(tree.known_);
  TRY(tree.for_each_stray([&](const fs::path& path) -> Result<> {
    tree.strays_ += TRY(count_files(path));
    return {};
  }));
  return tree;
}

bool OldTree::knows(char kind, const std::string& path) const {
  return std::ranges::binary_search(known_, mark_of(kind, path));
}

bool OldTree::is_tablespace(const std::string& path) const {
  return std::ranges::any_of(place_->tablespaces, [&](const TablespacePlace& tablespace) {
    return path == fmt::format("pg_tblspc/{}", tablespace.oid);
  });
}

Result<> OldTree::walk(const fs::path& directory, const std::string& path,
                       const Visit& visit) const {
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const bool is_top = path.empty() || (place_->wal_directory && path == kWal);
    // The second is the file system's own.
    if (is_top && (name == kRestoreClaim || name == "lost+found")) continue;
    TRY(look_at(*entry, path.empty() ? name : fmt::format("{}/{}", path, name), visit));
  }
  if (error) return fail_errno("look into", directory.string(), error.value());
  return {};
}

Result<> OldTree::look_at(const fs::directory_entry& entry, const std::string& path,
                          const Visit& visit) const {
  std::error_code error;
  const fs::file_type type = entry.symlink_status(error).type();
  if (error) return fail_errno("look at", entry.path().string(), error.value());
  const bool is_link = type == fs::file_type::symlink;
  if (is_link && is_tablespace(path)) return {};  // its folder is looked at by itself
  if ((type == fs::file_type::directory || is_link) && knows(kDirectory, path)) {
    if (is_link && !(place_->wal_directory && path == kWal)) {
      return in_the_way(entry.path(), "is a link, and a directory in the backup");
    }
    return walk(entry.path(), path, visit);
  }
  if (type == fs::file_type::regular && knows(kFile, path)) return {};
  return visit(entry.path());
}

Result<> OldTree::for_each_stray(const Visit& visit) const {
  if (place_->over_old) TRY(walk(place_->pgdata, "", visit));
  for (const auto& tablespace : place_->tablespaces) {
    if (!tablespace.over_old) continue;
    const std::string path = fmt::format("pg_tblspc/{}", tablespace.oid);
    std::error_code error;
    fs::directory_iterator entry(tablespace.location, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      // Servers of other versions have folders of their own beside it.
      const std::string own = path + "/" + entry->path().filename().string();
      if (knows(kDirectory, own)) TRY(look_at(*entry, own, visit));
    }
    if (error) return fail_errno("look into", tablespace.location.string(), error.value());
  }
  return {};
}

Result<> OldTree::remove_strays() const {
  return for_each_stray(remove_all);
}

}  // namespace walden
