#include "basebackup/file_entry.h"

#include <algorithm>

#include "common/bytes/little_endian.h"

namespace walden {
namespace {

constexpr std::size_t kRunSize = 20;

void append_text(Buffer& out, std::string_view text) {
  append_le(out, static_cast<std::uint32_t>(text.size()));
  const ByteView bytes = bytes_of(text);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Result<std::string> take_text(ByteReader& reader) {
  const auto size = TRY(reader.integer<std::uint32_t>());
  return std::string(text_of(TRY(reader.take(size))));
}

Result<Digest> take_digest(ByteReader& reader) {
  Digest digest;
  std::ranges::copy(TRY(reader.take(digest.size())), digest.begin());
  return digest;
}

// How many follow, each of `size` bytes: not more than there is room for.
Result<std::size_t> take_count(ByteReader& reader, std::size_t size) {
  const auto count = TRY(reader.integer<std::uint32_t>());
  if (count > reader.rest().size() / size) return fail(ErrorKind::corrupt, "a count is too large");
  return count;
}

Result<FileRun> take_run(ByteReader& reader) {
  FileRun run;
  run.pack = TRY(reader.integer<std::uint32_t>());
  run.frame = TRY(reader.integer<std::uint32_t>());
  run.offset = TRY(reader.integer<std::uint32_t>());
  run.length = TRY(reader.integer<std::uint64_t>());
  return run;
}

}  // namespace

void append_entry(Buffer& out, const FileEntry& entry) {
  const std::size_t start = out.size();
  append_le(out, std::uint32_t{0});  // the length, once it is known
  const FileRecord& file = entry.file;
  append_text(out, file.path);
  append_le(out, file.mode);
  append_le(out, file.size);
  append_le(out, static_cast<std::uint64_t>(file.modified));
  append_le(out, static_cast<std::uint32_t>(file.digest.kind));
  out.insert(out.end(), file.digest.value.begin(), file.digest.value.end());
  append_le(out, static_cast<std::uint32_t>(file.runs.size()));
  for (const FileRun& run : file.runs) {
    append_le(out, run.pack);
    append_le(out, run.frame);
    append_le(out, run.offset);
    append_le(out, run.length);
  }
  append_le(out, std::uint32_t{entry.listed ? 1U : 0U});
  append_text(out, entry.listed_path);
  append_le(out, entry.listed_size);
  append_le(out, entry.crc32c);
  append_le(out, static_cast<std::uint32_t>(entry.chunks.size()));
  for (const Digest& chunk : entry.chunks) out.insert(out.end(), chunk.begin(), chunk.end());
  const auto length = static_cast<std::uint32_t>(out.size() - start - sizeof(std::uint32_t));
  std::memcpy(out.data() + start, &length, sizeof length);
}

Result<FileEntry> parse_entry(ByteView encoded) {
  ByteReader reader(encoded);
  FileEntry entry;
  FileRecord& file = entry.file;
  file.path = TRY(take_text(reader));
  file.mode = TRY(reader.integer<std::uint32_t>());
  file.size = TRY(reader.integer<std::uint64_t>());
  file.modified = static_cast<std::int64_t>(TRY(reader.integer<std::uint64_t>()));
  const auto kind = TRY(reader.integer<std::uint32_t>());
  if (kind > static_cast<std::uint32_t>(ContentDigest::Kind::none)) {
    return fail(ErrorKind::corrupt, "an unknown kind of digest");
  }
  file.digest.kind = static_cast<ContentDigest::Kind>(kind);
  file.digest.value = TRY(take_digest(reader));
  for (std::size_t runs = TRY(take_count(reader, kRunSize)); runs > 0; --runs) {
    file.runs.push_back(TRY(take_run(reader)));
  }
  entry.listed = TRY(reader.integer<std::uint32_t>()) != 0;
  entry.listed_path = TRY(take_text(reader));
  entry.listed_size = TRY(reader.integer<std::uint64_t>());
  entry.crc32c = TRY(reader.integer<std::uint32_t>());
  for (std::size_t chunks = TRY(take_count(reader, sizeof(Digest))); chunks > 0; --chunks) {
    entry.chunks.push_back(TRY(take_digest(reader)));
  }
  if (!reader.rest().empty()) return fail(ErrorKind::corrupt, "bytes behind an entry");
  return entry;
}

Result<std::optional<FileEntry>> EntryReader::next() {
  if (reader_.at_end()) return std::nullopt;
  const auto length = load_le<std::uint32_t>(TRY(reader_.take(sizeof(std::uint32_t))), 0);
  if (length > kMaxEntry) return fail(ErrorKind::corrupt, "an entry without an end");
  return TRY(parse_entry(TRY(reader_.take(length))));
}

}  // namespace walden
