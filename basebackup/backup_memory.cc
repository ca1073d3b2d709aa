#include "basebackup/backup_memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "basebackup/manifest_json.h"
#include "basebackup/memory_format.h"
#include "common/bytes/files.h"

namespace walden {
namespace {

std::unexpected<Error> damaged(std::string_view why) {
  return fail(ErrorKind::corrupt, std::string(why));
}

Result<std::uint32_t> take_u32(RangeReader& reader) {
  return load_le<std::uint32_t>(TRY(reader.take(sizeof(std::uint32_t))), 0);
}

Result<std::string> take_line(RangeReader& reader) {
  const std::uint32_t size = TRY(take_u32(reader));
  if (size > kMaxMemoryLine) return damaged("a line without an end");
  return std::string(text_of(TRY(reader.take(size))));
}

template <class Record>
Result<Record> take_record(RangeReader& reader) {
  auto line = TRY(parse_json_line(TRY(take_line(reader))));
  auto* record = std::get_if<Record>(&line);
  if (record == nullptr) return damaged("a line of another kind");
  return std::move(*record);
}

Result<Digest> digest_of(int fd, std::uint64_t end) {
  Sha256 digest;
  RangeReader reader(fd, 0, end);
  while (!reader.at_end()) {
    const std::uint64_t left = end - reader.position();
    digest.update(TRY(reader.take(std::min<std::uint64_t>(left, kFrameSize))));
  }
  return digest.finish();
}

}  // namespace

std::string sealing_word(const Sealing& sealing) {
  std::vector<std::string> words;
  for (const auto& recipient : sealing.recipients) words.push_back(recipient.to_text());
  std::ranges::sort(words);
  if (sealing.signing_key) words.push_back(sealing.signing_key->signer().to_text());
  return fmt::format("{}", fmt::join(words, " "));
}

std::filesystem::path memory_path(const std::filesystem::path& state_directory,
                                  std::uint64_t system_identifier, std::string_view store) {
  return state_directory /
         fmt::format("backup-{}-{:016x}.memory", system_identifier, path_hash(store));
}

Result<std::unique_ptr<BackupMemory>> BackupMemory::open(const std::filesystem::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && errno == ENOENT) return fail(ErrorKind::absent, "there is none");
  if (!fd) return fail_errno("open", path.string(), errno);
  std::unique_ptr<BackupMemory> memory(new BackupMemory(std::move(fd)));
  TRY(memory->load());
  return memory;
}

Result<> BackupMemory::load() {
  struct stat seen {};
  if (::fstat(fd_.get(), &seen) != 0) return fail_errno("look at", "the memory", errno);
  const auto size = static_cast<std::uint64_t>(seen.st_size);
  if (size < kMemoryMagic.size() + kMemoryFooter) return damaged("it is cut off");
  const std::uint64_t end = size - kMemoryFooter;
  RangeReader footer(fd_.get(), end, size);
  const auto offsets = load_le<std::uint64_t>(TRY(footer.take(8)), 0);
  const auto index = load_le<std::uint64_t>(TRY(footer.take(8)), 0);
  const ByteView digest = TRY(footer.take(sizeof(Digest)));
  if (!std::ranges::equal(TRY(digest_of(fd_.get(), end + 16)), digest)) {
    return damaged("it does not match its own digest");
  }
  files_ = offsets;
  index_ = index;
  RangeReader head(fd_.get(), 0, end);
  const std::string magic(text_of(TRY(head.take(kMemoryMagic.size()))));
  if (magic != kMemoryMagic && magic != kFirstMemoryMagic) {
    return damaged("it is of another version");
  }
  summary_ = TRY(take_record<BackupSummary>(head));
  words_.sealing = TRY(take_line(head));
  if (magic == kMemoryMagic) words_.data_checksums = TRY(take_line(head));
  for (std::uint32_t left = TRY(take_u32(head)); left > 0; --left) {
    packs_.push_back(TRY(take_record<PackRecord>(head)));
    packs_.back().plaintext_size = load_le<std::uint64_t>(TRY(head.take(8)), 0);
  }
  if (head.position() != files_ || index_ < files_ || index_ > end ||
      (end - index_) % kIndexEntry != 0) {
    return damaged("its parts do not fit");
  }
  return load_index(end);
}

Result<> BackupMemory::load_index(std::uint64_t end) {
  EntryReader reader = files();
  while (const auto entry = TRY(reader.next())) {
    for (const FileRun& run : entry->file.runs) in_use_[run.pack] += run.length;
  }
  RangeReader index(fd_.get(), index_, end);
  index_size_ = (end - index_) / kIndexEntry;
  for (std::uint64_t i = 0; i < index_size_; ++i) {
    const auto hash = load_le<std::uint64_t>(TRY(index.take(kIndexEntry)), 0);
    if (i % kIndexBlock == 0) fences_.push_back(hash);
  }
  cursor_.emplace(files());
  return {};
}

Result<std::unique_ptr<FileEntry>> BackupMemory::find(const std::string& path) {
  // The server sends its files in the order of its directories, mostly the same as the last time.
  if (!ahead_) ahead_ = TRY(cursor_->next());
  if (ahead_ && ahead_->file.path == path) {
    auto entry = std::make_unique<FileEntry>(std::move(*ahead_));
    ahead_.reset();
    return entry;
  }
  return look_up(path);
}

Result<std::unique_ptr<FileEntry>> BackupMemory::look_up(const std::string& path) {
  const std::uint64_t hash = path_hash(path);
  // The first block that can hold it: the one before the first fence that is not smaller.
  const auto fence = std::ranges::lower_bound(fences_, hash);
  const auto block = static_cast<std::uint64_t>(fence - fences_.begin());
  const std::uint64_t first = block == 0 ? 0 : (block - 1) * kIndexBlock;
  RangeReader index(fd_.get(), index_ + first * kIndexEntry, index_ + index_size_ * kIndexEntry);
  while (!index.at_end()) {
    const ByteView raw = TRY(index.take(kIndexEntry));
    const auto found = load_le<std::uint64_t>(raw, 0);
    const auto offset = load_le<std::uint64_t>(raw, 8);
    if (found > hash) break;
    if (found < hash) continue;
    if (offset < files_ || offset >= index_) return damaged("its index points elsewhere");
    EntryReader reader(fd_.get(), offset, index_);
    auto entry = TRY(reader.next());
    if (!entry || entry->file.path != path) continue;
    cursor_ = std::move(reader);
    ahead_.reset();
    return std::make_unique<FileEntry>(std::move(*entry));
  }
  return nullptr;
}

}  // namespace walden
