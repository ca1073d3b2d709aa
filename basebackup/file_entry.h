// What is noted of each file while a backup runs, and kept on this host for the next one: its line
// of the manifest, what the server's own manifest must say of it, and the digest of each MiB.
//
// Notes are encoded one after the other, in the order in which the files came, in a file: some
// 200 bytes each, 32 more for each MiB, 20 more for each run; never more than kMaxEntry.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/manifest.h"
#include "common/bytes/spool.h"

namespace walden {

// Digests are kept of so many MiB of a file; what lies behind is stored anew each time.
inline constexpr std::size_t kMaxChunks = std::size_t{1} << 17U;
inline constexpr std::size_t kMaxEntry = std::size_t{1} << 30U;

struct FileEntry {
  FileRecord file;

  // As the server sent it and lists it: of an incremental file the changed blocks.
  bool listed = true;  // the server's backup_manifest has it
  std::string listed_path;
  std::uint64_t listed_size = 0;
  std::uint32_t crc32c = 0;

  // SHA-256 of each MiB of the content, the first kMaxChunks of them; zeros where it is not known.
  std::vector<Digest> chunks;
};

void append_entry(Buffer& out, const FileEntry& entry);

// ErrorKind::corrupt for what is no entry. Nothing is believed of it but its shape.
[[nodiscard]] Result<FileEntry> parse_entry(ByteView encoded);

// Reads entries one after the other; nothing where they end.
class EntryReader {
 public:
  // `fd` must outlive it. [begin, end) in bytes.
  EntryReader(int fd, std::uint64_t begin, std::uint64_t end) : reader_(fd, begin, end) {}

  [[nodiscard]] Result<std::optional<FileEntry>> next();
  [[nodiscard]] std::uint64_t position() const { return reader_.position(); }  // of the next one

 private:
  RangeReader reader_;
};

}  // namespace walden
