#include "common/store/directory_eraser.h"

#include <unistd.h>

#include <cerrno>

#include "common/bytes/files.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

// A folder that another program is about to write into is not empty, or is made anew by it.
Result<> remove_empty_folders(const fs::path& root, fs::path folder) {
  while (folder != root && ::rmdir(folder.c_str()) == 0) {
    folder = folder.parent_path();
    TRY(sync_directory(folder));
  }
  return {};
}

}  // namespace

Result<Erased> DirectoryEraser::erase(std::string_view name) {
  const auto there = store_.stat(name);  // of a file: nothing else is taken away
  if (!there && there.error().kind == ErrorKind::absent) return Erased::absent;
  if (!there) return std::unexpected(there.error());
  const fs::path path = store_.root() / fs::path(name);
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return Erased::absent;  // another run was quicker
    return fail_errno("delete", path.native(), errno);
  }
  const auto synced = sync_directory(path.parent_path());
  // The same of its folder.
  std::error_code error;
  if (!synced && fs::exists(path.parent_path(), error)) return std::unexpected(synced.error());
  TRY(remove_empty_folders(store_.root(), path.parent_path()));
  return Erased::gone;
}

}  // namespace walden
