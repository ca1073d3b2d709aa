#include "basebackup/restore_claim.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/bytes/file_descriptor.h"
#include "common/bytes/files.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

Result<> check_claim_is_alone(const fs::path& directory) {
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (entry->path().filename() != kRestoreClaim) return claimed_by_another(directory);
  }
  if (error) return fail_errno("look into", directory.string(), error.value());
  return {};
}

}  // namespace

std::unexpected<Error> claimed_by_another(const fs::path& directory) {
  return fail(
      ErrorKind::exists,
      fmt::format("{} is being restored into by another run or is no longer empty",
                  directory.string()),
      "Wait until the other run has ended, or choose a directory that no other restore uses.");
}

Result<> claim_directory(const fs::path& directory) {
  const fs::path claim = directory / kRestoreClaim;
  const FileDescriptor file(::open(
      claim.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file && errno == EEXIST) return claimed_by_another(directory);
  if (!file) return fail_errno("create", claim.string(), errno);
  // The claim of a restore that has just succeeded is gone, and its files are there.
  auto alone = check_claim_is_alone(directory);
  if (!alone && ::unlink(claim.c_str()) != 0) return fail_errno("remove", claim.string(), errno);
  return alone;
}

Result<> release_directory(const fs::path& directory) {
  const fs::path claim = directory / kRestoreClaim;
  if (::unlink(claim.c_str()) != 0 && errno != ENOENT) {
    return fail_errno("remove", claim.string(), errno);
  }
  return sync_directory(directory);
}

}  // namespace walden
