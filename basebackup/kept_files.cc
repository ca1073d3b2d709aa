#include "basebackup/kept_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>

#include "basebackup/in_parallel.h"
#include "common/bytes/files.h"

namespace walden {
namespace {

bool may_be_right(const FileRecord& file, const struct stat& facts, bool by_time) {
  // One with several names is another tree's too, and the server would write into it.
  return S_ISREG(facts.st_mode) && facts.st_nlink == 1 &&
         static_cast<std::uint64_t>(facts.st_size) == file.size &&
         file.digest.kind != ContentDigest::Kind::none &&
         (!by_time || facts.st_mtim.tv_sec == file.modified);
}

Result<bool> has_digest(const FileRestore& restore, int fd, const FileRecord& file,
                        const std::filesystem::path& path, Buffer& buffer) {
  ContentHasher hasher(file.digest.kind);
  buffer.resize(std::min<std::uint64_t>(kChunkSize, file.size + 1));
  for (;;) {
    if (restore.cancel) return fail(ErrorKind::transient, "interrupted");
    const std::size_t count = TRY(read_some(fd, buffer, path));
    hasher.update(ByteView(buffer).first(count));
    if (count < buffer.size()) return hasher.finish() == file.digest;
  }
}

// False, and nothing is in its place any more.
Result<bool> keep(const FileRestore& restore, const FileRecord& file, bool by_time,
                  Buffer& buffer) {
  const auto path = restore.tree.path_of(file.path);
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) {
    if (errno == ENOENT) return false;
    return fail_errno("look at", path.string(), errno);
  }
  if (may_be_right(file, facts, by_time)) {
    const FileDescriptor opened(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
    if (!opened) return fail_errno("open", path.string(), errno);
    if (TRY(has_digest(restore, opened.get(), file, path, buffer))) {
      TRY(restore.tree.complete(opened.get(), file));
      return true;
    }
  }
  // Never written over: another name may lead to the same file, in a copy made of links.
  if (::unlink(path.c_str()) != 0) return fail_errno("remove", path.string(), errno);
  return false;
}

}  // namespace

Result<KeptFiles> keep_right_files(const FileRestore& restore, bool by_time) {
  KeptFiles kept;
  kept.by_number.resize(restore.manifest.facts().files);
  auto files = restore.manifest.files();
  std::uint64_t next = 0;
  std::mutex mutex;
  TRY(take_turns(restore.threads, [&]() -> Result<bool> {
    Buffer buffer;
    std::optional<FileRecord> file;
    std::uint64_t number = 0;
    {
      const std::lock_guard lock(mutex);
      file = TRY(files.next());
      number = next++;
    }
    if (!file) return false;
    if (restore.cancel) return fail(ErrorKind::transient, "interrupted");
    if (file->path == kControlFilePath || file->path == kRestoreClaim) return true;
    if (!TRY(keep(restore, *file, by_time, buffer))) return true;
    restore.advance(file->size);
    const std::lock_guard lock(mutex);
    kept.by_number[number] = true;
    ++kept.count;
    kept.bytes += file->size;
    return true;
  }));
  return kept;
}

}  // namespace walden
