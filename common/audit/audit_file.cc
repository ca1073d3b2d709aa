#include "common/audit/audit_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <thread>

#include "common/bytes/files.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr auto kLockPatience = std::chrono::seconds(60);
constexpr std::size_t kMaxFile = std::size_t{1} << 30U;

Result<FileDescriptor> open_or_make(const fs::path& path) {
  constexpr int kFlags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
  FileDescriptor made(::open(path.c_str(), kFlags | O_CREAT | O_EXCL, 0600));
  if (made) {
    struct stat directory {};
    if (::geteuid() == 0 && ::stat(path.parent_path().c_str(), &directory) == 0 &&
        ::fchown(made.get(), directory.st_uid, directory.st_gid) != 0) {
      return fail_errno("give away", path.string(), errno);
    }
    TRY(sync_directory(path.parent_path()));
    return made;
  }
  if (errno != EEXIST) return fail_errno("make", path.string(), errno);
  FileDescriptor there(::open(path.c_str(), kFlags));
  if (!there) return fail_errno("open", path.string(), errno);
  return there;
}

Result<> check_plain(const FileDescriptor& fd, const fs::path& path) {
  struct stat facts {};
  if (::fstat(fd.get(), &facts) != 0) return fail_errno("look at", path.string(), errno);
  if (S_ISREG(facts.st_mode) && facts.st_nlink == 1) return {};
  return fail(ErrorKind::local_io, fmt::format("{} is no plain file of its own", path.string()),
              "Look who put it there.");
}

Result<> lock(const FileDescriptor& fd, const fs::path& path, int how) {
  const auto end = std::chrono::steady_clock::now() + kLockPatience;
  while (::flock(fd.get(), how | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return fail_errno("lock", path.string(), errno);
    if (std::chrono::steady_clock::now() >= end) {
      return fail(ErrorKind::transient,
                  fmt::format("{} has been locked for a minute by another program", path.string()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return {};
}

std::string new_trail() {
  std::array<std::uint8_t, 8> random{};
  ::randombytes_buf(random.data(), random.size());
  return to_hex(random);
}

}  // namespace

fs::path audit_file_in(const fs::path& directory) {
  return directory / "audit.jsonl";
}

Result<AuditFile> AuditFile::open(const fs::path& directory) {
  const fs::path path = audit_file_in(directory);
  AuditFile file(TRY(open_or_make(path)), path);
  TRY(check_plain(file.fd_, path));
  TRY(lock(file.fd_, path, LOCK_EX));
  TRY(file.read_end());
  return file;
}

Result<> AuditFile::read_end() {
  struct stat facts {};
  if (::fstat(fd_.get(), &facts) != 0) return fail_errno("look at", path_.string(), errno);
  const auto size = static_cast<std::size_t>(facts.st_size);
  std::string end(std::min(size, 2 * kMaxAuditLine), '\0');
  const auto offset = static_cast<off_t>(size - end.size());
  if (::pread(fd_.get(), end.data(), end.size(), offset) != static_cast<ssize_t>(end.size())) {
    return fail_errno("read", path_.string(), errno);
  }
  if (end.empty()) return {};
  torn_ = end.back() != '\n';
  if (!torn_) end.pop_back();
  last_line_ = end.substr(end.rfind('\n') + 1);
  if (const auto entry = parse_audit_line(last_line_)) last_ = entry->position;
  return {};
}

AuditPosition AuditFile::next(const std::string& store, const std::string& object) const {
  AuditPosition position;
  position.store = store;
  position.object = object;
  position.previous = last_line_.empty() ? "" : digest_of_line(last_line_);
  if (last_ && last_->store == store) {
    position.trail = last_->trail;
    position.number = last_->number + 1;
    position.stored = last_->stored;
    position.previous_stored = last_->object.empty() ? last_->previous_stored : position.previous;
  } else {
    position.trail = new_trail();
    position.number = 1;
  }
  if (!object.empty()) ++position.stored;
  return position;
}

Result<> AuditFile::append(const std::string& line) {
  TRY(write_all(fd_.get(), bytes_of((torn_ ? "\n" : "") + line + "\n"), path_));
  TRY(sync_file(fd_.get(), path_));
  last_line_ = line;
  last_.reset();
  if (const auto entry = parse_audit_line(line)) last_ = entry->position;
  torn_ = false;
  return {};
}

Result<std::vector<std::string>> read_audit_file(const fs::path& path) {
  std::error_code unreadable;  // reading it then says why
  if (fs::status(path, unreadable).type() == fs::file_type::not_found) return {};
  const FileDescriptor held = TRY(open_for_reading(path));
  TRY(lock(held, path, LOCK_SH));
  const Buffer content = TRY(read_file(path, kMaxFile));
  std::vector<std::string> lines;
  std::string_view rest = text_of(content);
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  return lines;
}

}  // namespace walden
