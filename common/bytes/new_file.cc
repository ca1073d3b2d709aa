#include "common/bytes/new_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "common/bytes/files.h"

namespace walden {
namespace {

constexpr std::time_t kAbandonedAfter = 15 * 60;

std::filesystem::path directory_of(const std::filesystem::path& file) {
  const auto parent = file.parent_path();
  return parent.empty() ? "." : parent;
}

std::filesystem::path temporary_name(const std::filesystem::path& directory) {
  return directory /
         fmt::format("{}{}.{:08x}", kTemporaryPrefix, ::getpid(), ::randombytes_random());
}

// One that a living process holds cannot be locked; one that was just opened is not locked yet.
bool abandoned(const FileDescriptor& file) {
  struct stat facts {};
  return ::fstat(file.get(), &facts) == 0 && S_ISREG(facts.st_mode) &&
         facts.st_mtime + kAbandonedAfter < std::time(nullptr) &&
         ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

NewFile::NewFile(FileDescriptor fd, std::filesystem::path temporary,
                 std::filesystem::path final_path)
    : fd_(std::move(fd)), temporary_(std::move(temporary)), final_(std::move(final_path)) {}

NewFile::NewFile(NewFile&& other) noexcept
    : fd_(std::move(other.fd_)),
      temporary_(std::move(other.temporary_)),
      final_(std::move(other.final_)) {
  other.temporary_.clear();
}

NewFile& NewFile::operator=(NewFile&& other) noexcept {
  if (this != &other) {
    discard();
    fd_ = std::move(other.fd_);
    temporary_ = std::move(other.temporary_);
    final_ = std::move(other.final_);
    other.temporary_.clear();
  }
  return *this;
}

NewFile::~NewFile() {
  discard();
}

void NewFile::discard() noexcept {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  temporary_.clear();
}

Result<NewFile> NewFile::create(const std::filesystem::path& final_path, unsigned mode) {
  auto temporary = temporary_name(directory_of(final_path));
  FileDescriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) return fail_errno("create", temporary.string(), errno);
  NewFile file(std::move(fd), std::move(temporary), final_path);
  if (::flock(file.fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail_errno("lock", file.temporary_.string(), errno);
  }
  return file;
}

Result<> NewFile::write(ByteView bytes) {
  return write_all(fd_.get(), bytes, temporary_);
}

Result<> NewFile::link_into_place() {
  TRY(sync_file(fd_.get(), temporary_));
  if (::link(temporary_.c_str(), final_.c_str()) != 0) {
    if (errno == EEXIST) {
      return fail(ErrorKind::exists, fmt::format("{} exists already", final_.string()),
                  "It is never overwritten: choose another name, or move it away");
    }
    return fail_errno("link into place", final_.string(), errno);
  }
  discard();
  return sync_directory(directory_of(final_));
}

Result<> NewFile::rename_into_place(bool durable) {
  if (durable) TRY(sync_file(fd_.get(), temporary_));
  if (const int error = fd_.close()) return fail_errno("write", temporary_.string(), error);
  if (::rename(temporary_.c_str(), final_.c_str()) != 0) {
    return fail_errno("rename into place", final_.string(), errno);
  }
  temporary_.clear();
  if (durable) return sync_directory(directory_of(final_));
  return {};
}

Result<int> remove_abandoned(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  if (error == std::errc::no_such_file_or_directory) return 0;
  if (error) return fail_errno("list", directory.string(), error.value());
  int removed = 0;
  for (; entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const auto& path = entries->path();
    if (!path.filename().string().starts_with(kTemporaryPrefix)) continue;
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    // Someone else's removal of the same file is as good as ours.
    if (file && abandoned(file) && ::unlink(path.c_str()) == 0) ++removed;
  }
  if (error) return fail_errno("list", directory.string(), error.value());
  return removed;
}

}  // namespace walden
