#include "basebackup/manifest.h"

#include <fmt/format.h>

#include "basebackup/manifest_json.h"
#include "basebackup/manifest_reader.h"
#include "common/bytes/little_endian.h"
#include "common/bytes/sealed_reader.h"

namespace walden {
namespace {

template <class T>
Result<T> about(const std::string& object, Result<T> result) {
  if (result) return result;
  return std::unexpected(naming(object, result.error()));
}

// The first frame of an object: its header is at most kMaxHeaderSize, the summary well below the
// rest.
Result<Buffer> read_first_frame(Store& store, const ObjectIdentity& identity,
                                const std::string& object, const Opening& opening) {
  constexpr std::size_t kFirstRead = 64U << 10U;
  BufferSink start(kFirstRead);
  TRY(store.read(object, {.offset = 0, .length = kFirstRead}, start));
  const FrameOpener opener = TRY(FrameOpener::create(opening, identity, start.buffer()));
  const std::uint32_t header = opener.header_size();
  if (start.buffer().size() < header + sizeof(std::uint32_t)) {
    return fail(ErrorKind::corrupt, "it ends after its header");
  }
  const std::uint64_t size =
      std::uint64_t{load_le<std::uint32_t>(start.buffer(), header)} + sizeof(std::uint32_t);
  if (header + size <= start.buffer().size()) {
    return opener.open(0, ByteView(start.buffer()).subspan(header, size));
  }
  if (size > 2 * kFrameSize) return fail(ErrorKind::corrupt, "its first frame is too long");
  BufferSink frame(size);
  TRY(store.read(object, {.offset = header, .length = size}, frame));
  return opener.open(0, frame.buffer());
}

Result<BackupSummary> parse_summary(ByteView first_frame) {
  const std::string_view text = text_of(first_frame);
  if (text.empty() || text.back() != '\n') {
    return fail(ErrorKind::corrupt, "its first frame is not its summary");
  }
  auto line = TRY(parse_json_line(text.substr(0, text.size() - 1)));
  auto* summary = std::get_if<BackupSummary>(&line);
  if (summary == nullptr) return fail(ErrorKind::corrupt, "it does not begin with its summary");
  return std::move(*summary);
}

}  // namespace

Result<> check_summary(const BackupSummary& summary, const ObjectNames& names,
                       const std::string& backup_id) {
  if (summary.id != backup_id || summary.cluster != names.cluster() ||
      summary.system_identifier != names.system_identifier()) {
    return fail(ErrorKind::corrupt,
                fmt::format("it describes backup {} of cluster {}", summary.id, summary.cluster));
  }
  return {};
}

Error naming(const std::string& object, const Error& error) {
  const std::string own = object.substr(object.find('/') + 1);
  return error.cause.find(own) == std::string::npos ? error.within(object) : error;
}

Result<Manifest> read_manifest(Store& store, const ObjectNames& names, const std::string& backup_id,
                               const Opening& opening) {
  const auto file = TRY(ManifestFile::open(store, names, backup_id, opening));
  Manifest manifest{file.summary(), file.packs(), {}, {}};
  TRY(file.for_each_directory([&](const DirectoryRecord& directory) -> Result<> {
    manifest.directories.push_back(directory);
    return {};
  }));
  TRY(file.for_each_file([&](const FileRecord& record) -> Result<> {
    manifest.files.push_back(record);
    return {};
  }));
  return manifest;
}

Result<BackupSummary> read_summary(Store& store, const ObjectNames& names,
                                   const std::string& backup_id, const Opening& opening) {
  const std::string object = names.manifest(backup_id);
  const auto frame =
      TRY(about(object, read_first_frame(store, names.identity(object), object, opening)));
  auto summary = TRY(about(object, parse_summary(frame)));
  TRY(about(object, check_summary(summary, names, backup_id)));
  return summary;
}

}  // namespace walden
