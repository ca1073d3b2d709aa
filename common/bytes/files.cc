#include "common/bytes/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace walden {
namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20U;

}  // namespace

Result<FileDescriptor> open_for_reading(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail_errno("open", path.string(), errno);
  return file;
}

Result<std::size_t> read_some(int fd, std::span<std::uint8_t> buffer,
                              const std::filesystem::path& path) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const auto count = ::read(fd, buffer.data() + filled, buffer.size() - filled);
    if (count == 0) break;
    if (count < 0 && errno != EINTR) return fail_errno("read", path.string(), errno);
    if (count > 0) filled += static_cast<std::size_t>(count);
  }
  return filled;
}

Result<Buffer> read_file(const std::filesystem::path& path, std::size_t limit) {
  const FileDescriptor file = TRY(open_for_reading(path));
  BufferSink content(limit);
  Buffer piece(std::min(limit + 1, kPiece));
  for (;;) {
    const std::size_t count = TRY(read_some(file.get(), piece, path));
    if (auto taken = content.write(ByteView(piece).first(count)); !taken) {
      return std::unexpected(taken.error().within("cannot read " + path.string()));
    }
    if (count < piece.size()) return content.take();
  }
}

Result<> write_all(int fd, ByteView bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const auto count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return fail_errno("write", path.string(), errno);
    if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Result<> write_all_at(int fd, ByteView bytes, std::uint64_t offset,
                      const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const auto count = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno != EINTR) return fail_errno("write", path.string(), errno);
    if (count <= 0) continue;
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

Result<> sync_file(int fd, const std::filesystem::path& path) {
  if (::fsync(fd) != 0) return fail_errno("fsync", path.string(), errno);
  return {};
}

Result<> sync_directory(const std::filesystem::path& directory) {
  const FileDescriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return fail_errno("open", directory.string(), errno);
  return sync_file(opened.get(), directory);
}

// An entry that is already there is synced too: another process may have made it a moment ago and
// not have come to its own fsync yet, and what is acknowledged below it must not depend on that.
Result<> create_directories_durably(const std::filesystem::path& root,
                                    const std::filesystem::path& directory) {
  std::filesystem::path at = root;
  for (const auto& part : directory.lexically_relative(root)) {
    if (part == ".") continue;
    const auto parent = at;
    at /= part;
    if (::mkdir(at.c_str(), 0700) != 0 && errno != EEXIST) {
      return fail_errno("create", at.string(), errno);
    }
    TRY(sync_directory(parent));
  }
  return {};
}

Result<std::uint64_t> copy_file_to(const std::filesystem::path& path, ByteSink& sink) {
  const FileDescriptor file = TRY(open_for_reading(path));
  Buffer piece(kPiece);
  for (std::uint64_t total = 0;;) {
    const std::size_t count = TRY(read_some(file.get(), piece, path));
    TRY(sink.write(ByteView(piece).first(count)));
    total += count;
    if (count < piece.size()) return total;
  }
}

void drop_from_page_cache(const std::filesystem::path& path) {
  if (const auto file = open_for_reading(path)) {
    (void)::posix_fadvise(file->get(), 0, 0, POSIX_FADV_DONTNEED);
  }
}

}  // namespace walden
