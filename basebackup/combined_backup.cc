#include "basebackup/combined_backup.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "basebackup/path_mark.h"
#include "basebackup/rewrite_file.h"
#include "basebackup/server_manifest.h"
#include "common/bytes/files.h"
#include "common/postgres/crc32c.h"

namespace walden {
namespace {

constexpr const char* kLabel = "backup_label";
constexpr std::size_t kMaxLabel = std::size_t{64} << 10U;
constexpr std::string_view kIncremental = "INCREMENTAL.";

// "base/5/INCREMENTAL.1259" is what was sent of base/5/1259.
std::string combined_path(std::string_view path) {
  const auto slash = path.rfind('/');
  const auto name = slash == path.npos ? path : path.substr(slash + 1);
  if (!name.starts_with(kIncremental)) return {};
  return std::string(path.substr(0, path.size() - name.size())) +
         std::string(name.substr(kIncremental.size()));
}

class CrcSink final : public ByteSink {
 public:
  Result<> write(ByteView bytes) override {
    crc_.update(bytes);
    return {};
  }
  [[nodiscard]] std::uint32_t value() const { return crc_.value(); }

 private:
  Crc32c crc_;
};

// The bytes of the number, as they lie in the server's memory.
std::string hex_of(std::uint32_t crc) {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(crc >> (8 * i));
  }
  return to_hex(bytes);
}

}  // namespace

std::string label_of_whole_backup(std::string_view label) {
  std::string kept;
  while (!label.empty()) {
    const auto length = std::min(label.find('\n'), label.size() - 1) + 1;
    const std::string_view line = label.substr(0, length);
    if (!line.starts_with("INCREMENTAL FROM ")) kept += line;
    label.remove_prefix(length);
  }
  return kept;
}

void CombinedBackup::add(const FileRecord& file, std::uint32_t crc) {
  const std::lock_guard lock(mutex_);
  sums_.push_back({path_mark(file.path), file.size, crc});
}

// One that was not told, because it has a digest of its own, is read.
Result<CombinedBackup::Sum> CombinedBackup::sum_of(const RestoredTree& tree,
                                                   const std::string& path) const {
  const std::uint64_t mark = path_mark(path);
  const auto known = std::ranges::lower_bound(sums_, mark, {}, &Sum::path);
  if (known != sums_.end() && known->path == mark) return *known;
  CrcSink sink;
  const std::uint64_t size = TRY(copy_file_to(tree.path_of(path), sink));
  return Sum{mark, size, sink.value()};
}

Result<std::string> CombinedBackup::changed(const RestoredTree& tree, const std::string& label,
                                            std::string line) const {
  const std::string sent(path_of_entry(line));
  if (sent == kLabel) return entry_with_content(std::move(line), label);
  const std::string path = combined_path(sent);
  if (path.empty()) return line;
  const Sum sum = TRY(sum_of(tree, path));
  line.replace(line.find(sent), sent.size(), path);
  return entry_with(std::move(line), sum.size, "CRC32C", hex_of(sum.crc));
}

Result<> CombinedBackup::finish(const RestoredTree& tree) {
  std::ranges::sort(sums_, {}, &Sum::path);
  const auto path = tree.path_of(kLabel);
  const Buffer sent = TRY(read_file(path, kMaxLabel));
  const std::string label = label_of_whole_backup(text_of(sent));
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return fail_errno("look at", path.string(), errno);
  if (label != text_of(sent)) TRY(rewrite_file(tree, kLabel, facts.st_mode & 07777U, label));
  return change_server_manifest(
      tree, [&](std::string line) { return changed(tree, label, std::move(line)); });
}

}  // namespace walden
