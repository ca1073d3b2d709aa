// What a file that PostgreSQL offers for archiving must look like.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>

#include "common/archive/wal_archive.h"
#include "common/bytes/files.h"
#include "common/postgres/wal_page.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

// Generous: a history has a line per timeline, a backup history a dozen lines.
constexpr std::size_t kMaxTextFile = 1U << 20U;

Result<std::uint64_t> size_of(const FileDescriptor& fd, const fs::path& path) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno("look at", path.native(), errno);
  if (S_ISREG(status.st_mode)) return static_cast<std::uint64_t>(status.st_size);
  return fail(ErrorKind::corrupt, fmt::format("{} is not a regular file", path.native()));
}

Result<WalFileFacts> inspect_segment(const fs::path& path, const WalName& name) {
  const FileDescriptor fd = TRY(open_for_reading(path));
  const std::uint64_t size = TRY(size_of(fd, path));
  Buffer start(kLongPageHeaderSize);
  start.resize(TRY(read_some(fd.get(), start, path)));
  const auto header = parse_segment_header(start);
  if (!header) return std::unexpected(header.error().within(path.native()));
  if (auto checked = check_segment(name, *header, size); !checked) {
    return std::unexpected(checked.error().within(path.native()));
  }
  return WalFileFacts{size, header->system_identifier};
}

Result<WalFileFacts> inspect_text(const fs::path& path, const WalName& name) {
  const Buffer content = TRY(read_file(path, kMaxTextFile));
  if (content.empty()) {
    return fail(ErrorKind::corrupt, fmt::format("{} is empty", path.native()));
  }
  if (name.kind == WalFileKind::timeline_history) {
    const auto history = TimelineHistory::parse(name.timeline, text_of(content));
    if (!history) return std::unexpected(history.error().within(path.native()));
  }
  return WalFileFacts{content.size(), std::nullopt};
}

}  // namespace

Result<WalFileFacts> inspect_wal_file(const fs::path& path, const WalName& name) {
  const bool is_segment = name.kind == WalFileKind::segment || name.kind == WalFileKind::partial;
  return is_segment ? inspect_segment(path, name) : inspect_text(path, name);
}

}  // namespace walden
