#include "basebackup/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "basebackup/manifest_json.h"
#include "common/bytes/little_endian.h"
#include "common/bytes/sealed_reader.h"
#include "common/postgres/relative_path.h"

namespace walden {
namespace {

// A file's line holds its path, digest and runs; a pack's line 11 bytes for each of its frames.
constexpr std::size_t kMaxLine = std::size_t{64} << 20U;

// Takes the manifest's plaintext and keeps its records, each checked against those before it.
class ManifestBuilder final : public ByteSink {
 public:
  Result<> write(ByteView bytes) override {
    while (!bytes.empty()) {
      const auto newline = std::ranges::find(bytes, std::uint8_t{'\n'});
      const auto length = static_cast<std::size_t>(newline - bytes.begin());
      if (line_.size() + length > kMaxLine) return fail(ErrorKind::corrupt, "an endless line");
      line_.append(text_of(bytes.first(length)));
      if (newline == bytes.end()) return {};
      TRY(add(TRY(parse_json_line(line_))));
      line_.clear();
      bytes = bytes.subspan(length + 1);
    }
    return {};
  }

  Result<Manifest> finish() {
    if (!line_.empty() || !end_) return fail(ErrorKind::corrupt, "it ends before its end line");
    if (end_->packs != manifest_.packs.size() ||
        end_->directories != manifest_.directories.size() ||
        end_->files != manifest_.files.size()) {
      return fail(ErrorKind::corrupt, "its counts differ from its lines");
    }
    return std::move(manifest_);
  }

 private:
  Result<> add(ManifestLine line) {
    if (end_) return fail(ErrorKind::corrupt, "a line after its end line");
    if (!started_ && !std::holds_alternative<BackupSummary>(line)) {
      return fail(ErrorKind::corrupt, "it does not begin with its summary");
    }
    return std::visit([this](auto& record) { return take(std::move(record)); }, line);
  }
  Result<> take(BackupSummary&& summary) {
    if (started_) return fail(ErrorKind::corrupt, "a second summary");
    started_ = true;
    manifest_.summary = std::move(summary);
    return {};
  }
  Result<> take(PackRecord&& pack) {
    if (pack.number == kZeros) return fail(ErrorKind::corrupt, "a pack with the number of zeros");
    if (!frames_.emplace(pack.number, pack.frame_sizes.size()).second) {
      return fail(ErrorKind::corrupt, fmt::format("pack {} twice", pack.number));
    }
    manifest_.packs.push_back(std::move(pack));
    return {};
  }
  Result<> take(DirectoryRecord&& directory) {
    if (!stays_below(directory.path)) return fail(ErrorKind::corrupt, "a path outside the backup");
    manifest_.directories.push_back(std::move(directory));
    return {};
  }
  Result<> take(FileRecord&& file) {
    if (!stays_below(file.path)) return fail(ErrorKind::corrupt, "a path outside the backup");
    for (const auto& run : file.runs) {
      if (run.pack == kZeros) continue;
      const auto frames = frames_.find(run.pack);
      if (frames == frames_.end() || run.frame >= frames->second || run.offset >= kFrameSize) {
        return fail(ErrorKind::corrupt, fmt::format("{} lies outside the packs", file.path));
      }
    }
    manifest_.files.push_back(std::move(file));
    return {};
  }
  Result<> take(ManifestEnd&& end) {
    end_ = end;
    return {};
  }

  Manifest manifest_;
  bool started_ = false;
  std::optional<ManifestEnd> end_;
  std::unordered_map<std::uint32_t, std::size_t> frames_;  // pack -> how many frames it has
  std::string line_;
};

Result<> check_summary(const BackupSummary& summary, const ObjectNames& names,
                       const std::string& backup_id) {
  if (summary.id != backup_id || summary.cluster != names.cluster() ||
      summary.system_identifier != names.system_identifier()) {
    return fail(ErrorKind::corrupt,
                fmt::format("it describes backup {} of cluster {}", summary.id, summary.cluster));
  }
  return {};
}

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

Error naming(const std::string& object, const Error& error) {
  const std::string own = object.substr(object.find('/') + 1);
  return error.cause.find(own) == std::string::npos ? error.within(object) : error;
}

Result<Manifest> read_manifest(Store& store, const ObjectNames& names, const std::string& backup_id,
                               const Opening& opening) {
  const std::string object = names.manifest(backup_id);
  ManifestBuilder builder;
  SealedReader reader(opening, names.identity(object), builder);
  TRY(about(object, store.read(object, {}, reader)));
  TRY(about(object, reader.finish()));
  auto manifest = TRY(about(object, builder.finish()));
  TRY(about(object, check_summary(manifest.summary, names, backup_id)));
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
