#include "basebackup/restored_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "common/bytes/files.h"
#include "common/postgres/crc32c.h"

namespace walden {
namespace {

// PostgreSQL's: what is zeroed in a table is zeroed by the page.
constexpr std::size_t kBlock = 8192;

bool all_zeros(ByteView bytes) {
  return bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

bool may_have_holes(const FileRecord& file) {
  return file.size >= kBlock ||
         std::ranges::any_of(file.runs, [](const FileRun& run) { return run.pack == kZeros; });
}

}  // namespace

Error of_restored_file(const std::string& path, const Error& error) {
  Error seen = error.within("cannot restore " + path);
  const bool lost = seen.kind == ErrorKind::corrupt || seen.kind == ErrorKind::absent;
  if (lost && seen.remedy.empty()) {
    seen.remedy =
        "Take another backup: basebackup list, then --backup ID. What else is damaged: basebackup "
        "verify.";
  }
  return seen;
}

RestoredFile::RestoredFile(const FileWriting& writing, FileRecord file)
    : writing_(writing),
      file_(std::move(file)),
      path_(writing.tree.path_of(file_.path)),
      digests_(file_) {}

// Opened for each piece: a descriptor for each file at work would be more than a process may have.
Result<FileDescriptor> RestoredFile::open() {
  if (only_) return std::move(only_);
  const std::lock_guard lock(mutex_);
  if (created_) {
    FileDescriptor file(::open(path_.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
    if (!file) return fail_errno("open", path_.string(), errno);
    return file;
  }
  FileDescriptor file = TRY(writing_.tree.create_file(file_.path));
  if (may_have_holes(file_) && ::ftruncate(file.get(), static_cast<off_t>(file_.size)) != 0) {
    return fail_errno("set the size of", path_.string(), errno);
  }
  created_ = true;
  return file;
}

Result<> RestoredFile::write_blocks(int fd, std::uint64_t offset, ByteView bytes) const {
  if (bytes.size() < kBlock) return write_all_at(fd, bytes, offset, path_);
  std::size_t begin = 0;  // of what is to be written
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.size(), at + kBlock - (offset + at) % kBlock);
    if (end - at == kBlock && all_zeros(bytes.subspan(at, kBlock))) {
      if (at > begin)
        TRY(write_all_at(fd, bytes.subspan(begin, at - begin), offset + begin, path_));
      begin = end;
    }
    at = end;
  }
  return write_all_at(fd, bytes.subspan(begin), offset + begin, path_);
}

Result<> RestoredFile::take(std::uint64_t offset, ByteView bytes) {
  if (writing_.cancel) return fail(ErrorKind::transient, "interrupted");
  digests_.take(offset, bytes);
  FileDescriptor file = TRY(open());
  TRY(write_blocks(file.get(), offset, bytes));
  if (bytes.size() == file_.size) only_ = std::move(file);
  writing_.advance(bytes.size());
  return {};
}

Result<> RestoredFile::lost(const PackRecord& /*pack*/, const Error& why) {
  return std::unexpected(of_restored_file(file_.path, why));
}

Result<> RestoredFile::read_back(int fd, std::uint64_t offset, std::span<std::uint8_t> into) const {
  if (writing_.cancel) return fail(ErrorKind::transient, "interrupted");
  while (!into.empty()) {
    const auto count = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno("read", path_.string(), errno);
    if (count == 0) return fail_errno("read", path_.string(), EIO);  // shorter than it was made
    into = into.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

Result<> RestoredFile::check(int fd) {
  const auto digest = TRY(digests_.finish([&](std::uint64_t offset, std::span<std::uint8_t> into) {
    return read_back(fd, offset, into);
  }));
  if (digest == file_.digest) return {};
  return std::unexpected(of_restored_file(
      file_.path,
      Error{ErrorKind::corrupt, "its content is not what the backup's manifest says", {}}));
}

Result<> RestoredFile::tell_checksum(int fd) const {
  if (!writing_.checksum || file_.digest.kind != ContentDigest::Kind::none) return {};
  Crc32c crc;
  Buffer piece;
  for (std::uint64_t offset = 0; offset < file_.size; offset += piece.size()) {
    piece.resize(std::min<std::uint64_t>(kChunkSize, file_.size - offset));
    TRY(read_back(fd, offset, piece));
    crc.update(piece);
  }
  writing_.checksum(file_, crc.value());
  return {};
}

Result<> RestoredFile::finish() {
  const FileDescriptor file = TRY(open());
  TRY(check(file.get()));
  TRY(tell_checksum(file.get()));
  return writing_.tree.complete(file.get(), file_);
}

}  // namespace walden
