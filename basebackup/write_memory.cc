// How a memory file is written: see backup_memory.h.
#include <algorithm>
#include <limits>
#include <utility>

#include "basebackup/backup_memory.h"
#include "basebackup/manifest_json.h"
#include "basebackup/memory_format.h"
#include "common/bytes/new_file.h"

namespace walden {
namespace {

// So many files' index is sorted at once.
constexpr std::uint64_t kSortedAtOnce = std::uint64_t{1} << 20U;

using IndexEntry = std::pair<std::uint64_t, std::uint64_t>;  // hash, offset

class MemoryWriter {
 public:
  explicit MemoryWriter(NewFile& file) : file_(file) {}

  Result<> put(ByteView bytes) {
    digest_.update(bytes);
    size_ += bytes.size();
    return file_.write(bytes);
  }
  Result<> put_number(std::uint32_t number) {
    Buffer bytes;
    append_le(bytes, number);
    return put(bytes);
  }
  Result<> put_line(std::string_view line) {
    TRY(put_number(static_cast<std::uint32_t>(line.size())));
    return put(bytes_of(line));
  }

  Result<> put_files(Spool& files) {
    files_ = size_;
    struct Pass final : ByteSink {
      explicit Pass(MemoryWriter& writer) : to(writer) {}
      Result<> write(ByteView bytes) override { return to.put(bytes); }
      MemoryWriter& to;
    } pass(*this);
    return files.copy_to(pass);
  }

  // Sorted in as many passes as it takes to hold only a part of it at once: hashes are spread
  // evenly.
  Result<> put_index(Spool& hashes) {
    index_ = size_;
    TRY(hashes.flush());
    const std::uint64_t count = hashes.size() / kIndexEntry;
    const std::uint64_t passes = count / kSortedAtOnce + 1;
    const std::uint64_t width = std::numeric_limits<std::uint64_t>::max() / passes;
    for (std::uint64_t pass = 0; pass < passes; ++pass) {
      const std::uint64_t low = pass * width;
      const bool last = pass + 1 == passes;
      TRY(put_sorted(
          hashes, [&](std::uint64_t hash) { return hash >= low && (last || hash - low < width); }));
    }
    return {};
  }

  Result<> finish() {
    Buffer footer;
    append_le(footer, files_);
    append_le(footer, index_);
    TRY(put(footer));
    return file_.write(digest_.finish());
  }

  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  template <class Belongs>
  Result<> put_sorted(Spool& hashes, Belongs belongs) {
    std::vector<IndexEntry> part;
    RangeReader reader(hashes.fd(), 0, hashes.size());
    while (!reader.at_end()) {
      const ByteView raw = TRY(reader.take(kIndexEntry));
      const auto hash = load_le<std::uint64_t>(raw, 0);
      if (belongs(hash)) part.emplace_back(hash, load_le<std::uint64_t>(raw, 8));
    }
    std::ranges::sort(part);
    Buffer bytes;
    bytes.reserve(part.size() * kIndexEntry);
    for (const auto& [hash, offset] : part) {
      append_le(bytes, hash);
      append_le(bytes, offset);
    }
    return put(bytes);
  }

  NewFile& file_;
  Sha256 digest_;
  std::uint64_t size_ = 0;
  std::uint64_t files_ = 0;
  std::uint64_t index_ = 0;
};

Result<std::unique_ptr<Spool>> hashes_of(Spool& files, std::uint64_t offset) {
  auto hashes = TRY(Spool::create());
  TRY(files.flush());
  EntryReader reader(files.fd(), 0, files.size());
  Buffer raw;
  for (std::uint64_t at = 0;; at = reader.position()) {
    const auto entry = TRY(reader.next());
    if (!entry) return hashes;
    raw.clear();
    append_le(raw, path_hash(entry->file.path));
    append_le(raw, offset + at);
    TRY(hashes->write(raw));
  }
}

}  // namespace

Result<> write_backup_memory(const std::filesystem::path& path, const BackupSummary& summary,
                             const MemoryWords& words, const std::vector<PackRecord>& packs,
                             Spool& files) {
  TRY(remove_abandoned(path.parent_path()));
  NewFile file = TRY(NewFile::create(path, 0600));
  MemoryWriter writer(file);
  TRY(writer.put(bytes_of(kMemoryMagic)));
  TRY(writer.put_line(to_json_line(summary)));
  TRY(writer.put_line(words.sealing));
  TRY(writer.put_line(words.data_checksums));
  TRY(writer.put_number(static_cast<std::uint32_t>(packs.size())));
  for (const PackRecord& pack : packs) {
    TRY(writer.put_line(to_json_line(pack)));
    Buffer plaintext;
    append_le(plaintext, pack.plaintext_size);
    TRY(writer.put(plaintext));
  }
  const auto hashes = TRY(hashes_of(files, writer.size()));
  TRY(writer.put_files(files));
  TRY(writer.put_index(*hashes));
  TRY(writer.finish());
  return file.rename_into_place(/*durable=*/true);
}

}  // namespace walden
