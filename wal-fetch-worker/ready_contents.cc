#include "wal-fetch-worker/ready_contents.h"

#include <optional>
#include <system_error>

#include "common/bytes/files.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = std::size_t{256} << 10U;  // stays in the processor's cache

Result<FileContent> content_of(const FileDescriptor& file, const fs::path& path) {
  Crc32c crc;
  std::uint64_t size = 0;
  Buffer piece(kPiece);
  for (;;) {
    const std::size_t count = TRY(read_some(file.get(), piece, path));
    if (count == 0) return FileContent{size, crc.value()};
    crc.update(ByteView(piece).first(count));
    size += count;
  }
}

}  // namespace

Result<> ContentTap::write(ByteView bytes) {
  crc_.update(bytes);
  size_ += bytes.size();
  return next_.write(bytes);
}

void ReadyContents::note(const fs::path& file, const FileContent& content) {
  const std::lock_guard lock(mutex_);
  if (contents_.size() >= kMany) forget_those_gone();
  contents_[file] = content;
}

// What was thrown away unasked: recovery took another way.
void ReadyContents::forget_those_gone() {
  std::erase_if(contents_, [](const auto& entry) {
    std::error_code unknown;
    return !fs::exists(entry.first, unknown);
  });
}

bool ReadyContents::is_damaged(const fs::path& file) {
  std::optional<FileContent> noted;
  {
    const std::lock_guard lock(mutex_);
    if (auto node = contents_.extract(file)) noted = node.mapped();
  }
  const auto opened = open_for_reading(file);
  if (!opened) return false;
  const auto found = content_of(*opened, file);
  return !noted || !found || *found != *noted;
}

}  // namespace walden
