#include "basebackup/rewrite_file.h"

#include <unistd.h>

#include <cerrno>

#include "common/bytes/files.h"

namespace walden {

// Nothing of the directory can be started before the whole restore has ended, so that a file which
// is missing for a moment does no harm.
Result<> rewrite_file(const RestoredTree& tree, const std::string& path, std::uint32_t mode,
                      const std::string& content) {
  const auto whole = tree.path_of(path);
  if (::unlink(whole.c_str()) != 0 && errno != ENOENT) {
    return fail_errno("replace", whole.string(), errno);
  }
  const FileDescriptor file = TRY(tree.create_file(path));
  TRY(write_all(file.get(), bytes_of(content), whole));
  TRY(tree.give(file.get(), mode, whole));
  TRY(sync_file(file.get(), whole));
  return sync_directory(whole.parent_path());
}

}  // namespace walden
