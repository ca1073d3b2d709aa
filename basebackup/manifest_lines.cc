#include "basebackup/manifest_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "basebackup/restored_tree.h"
#include "common/postgres/relative_path.h"

namespace walden {
namespace {

// A file's line holds its path, digest and runs; a pack's line 11 bytes for each of its frames.
constexpr std::size_t kMaxLine = std::size_t{64} << 20U;

// A frame that does not compress grows by its length word and tag; zstd adds less than 1 %.
constexpr std::uint32_t kMaxStoredFrame = kFrameSize + (kFrameSize >> 4U);

// What a file of ext4 holds: a forged manifest must not ask for memory without end.
constexpr std::uint64_t kMaxRun = std::uint64_t{1} << 44U;

std::string_view backup_of_pack(std::string_view object) {
  const auto slash = object.rfind('/');
  const auto before = object.rfind('/', slash == 0 ? 0 : slash - 1);
  if (slash == object.npos || before == object.npos || before >= slash) return {};
  return object.substr(before + 1, slash - before - 1);
}

// Whoever wrote the manifest must not make a restore read what is no pack: of this cluster and
// system identifier, in the folder of this backup or of one that the summary names.
bool is_pack_of(const BackupSummary& summary, const std::string& object) {
  const std::string folder =
      ObjectNames(summary.cluster, summary.system_identifier).backup_prefix();
  const std::string_view backup = backup_of_pack(object);
  const auto name = std::string_view(object).substr(object.rfind('/') + 1);
  if (backup.empty() || object != fmt::format("{}{}/{}", folder, backup, name)) return false;
  constexpr std::string_view kPack = "pack-";
  if (!name.starts_with(kPack) || name.size() == kPack.size() ||
      name.find_first_not_of("0123456789", kPack.size()) != name.npos) {
    return false;
  }
  return backup == summary.id || std::ranges::count(summary.references, backup) > 0;
}

}  // namespace

Result<std::unique_ptr<ManifestLines>> ManifestLines::create() {
  auto directories = TRY(LineSpool::create());
  auto files = TRY(LineSpool::create());
  return std::unique_ptr<ManifestLines>(
      new ManifestLines(ManifestFile(std::move(directories), std::move(files))));
}

Result<> ManifestLines::write(ByteView bytes) {
  while (!bytes.empty()) {
    const auto newline = std::ranges::find(bytes, std::uint8_t{'\n'});
    const auto length = static_cast<std::size_t>(newline - bytes.begin());
    if (line_.size() + length > kMaxLine) return fail(ErrorKind::corrupt, "an endless line");
    line_.append(text_of(bytes.first(length)));
    if (newline == bytes.end()) return {};
    TRY(add(line_));
    line_.clear();
    bytes = bytes.subspan(length + 1);
  }
  return {};
}

Result<> ManifestLines::add(std::string_view text) {
  if (end_) return fail(ErrorKind::corrupt, "a line after its end line");
  auto line = TRY(parse_json_line(text));
  if (!started_ && !std::holds_alternative<BackupSummary>(line)) {
    return fail(ErrorKind::corrupt, "it does not begin with its summary");
  }
  line_text_ = text;
  return std::visit([this](auto& record) { return take(std::move(record)); }, line);
}

Result<> ManifestLines::take(BackupSummary&& summary) {
  if (started_) return fail(ErrorKind::corrupt, "a second summary");
  started_ = true;
  manifest_.summary_ = std::move(summary);
  return {};
}

Result<> ManifestLines::take(PackRecord&& pack) {
  if (pack.number == kZeros) return fail(ErrorKind::corrupt, "a pack with the number of zeros");
  if (!places_.emplace(pack.number, manifest_.packs_.size()).second) {
    return fail(ErrorKind::corrupt, fmt::format("pack {} twice", pack.number));
  }
  const bool sizes_fit = std::ranges::all_of(
      pack.frame_sizes, [](std::uint32_t size) { return size <= kMaxStoredFrame; });
  if (!sizes_fit || !is_pack_of(manifest_.summary_, pack.object)) {
    return fail(ErrorKind::corrupt, fmt::format("it names an impossible pack, {}", pack.object));
  }
  manifest_.used_.emplace_back(pack.frame_sizes.size());
  manifest_.packs_.push_back(std::move(pack));
  return {};
}

Result<> ManifestLines::take(DirectoryRecord&& directory) {
  if (!stays_below(directory.path)) return fail(ErrorKind::corrupt, "a path outside the backup");
  ++manifest_.facts_.directories;
  if (directory.path == "log") manifest_.facts_.has_log_directory = true;
  return manifest_.directories_.append(line_text_);
}

Result<> ManifestLines::take(FileRecord&& file) {
  if (!stays_below(file.path)) return fail(ErrorKind::corrupt, "a path outside the backup");
  TRY(mark_used(file));
  ++manifest_.facts_.files;
  if (file.path == "postgresql.conf") manifest_.facts_.has_settings = true;
  if (file.path == kControlFilePath && !manifest_.control_file_) manifest_.control_file_ = file;
  return manifest_.files_.append(line_text_);
}

// The frames that a run goes on from are full, which is how a writer makes them.
Result<> ManifestLines::mark_used(const FileRecord& file) {
  for (const FileRun& run : file.runs) {
    if (run.pack == kZeros) continue;
    const auto place = places_.find(run.pack);
    const std::uint64_t frames = place == places_.end() ? 0 : manifest_.used_[place->second].size();
    const std::uint64_t beyond =
        run.frame + (run.offset + std::max<std::uint64_t>(run.length, 1) - 1) / kFrameSize;
    const bool impossible = run.offset >= kFrameSize || run.length > kMaxRun;
    if (impossible || beyond >= frames) {
      return fail(ErrorKind::corrupt, fmt::format("{} lies outside the packs", file.path));
    }
    if (run.length == 0) continue;
    for (std::uint64_t frame = run.frame; frame <= beyond; ++frame) {
      manifest_.used_[place->second][frame] = true;
    }
  }
  return {};
}

Result<> ManifestLines::take(ManifestEnd&& end) {
  end_ = end;
  return {};
}

void ManifestLines::add_up() {
  std::set<std::string_view> others;
  for (std::size_t place = 0; place < manifest_.packs_.size(); ++place) {
    const PackRecord& pack = manifest_.packs_[place];
    std::uint64_t bytes = 0;
    for (std::size_t frame = 0; frame < pack.frame_sizes.size(); ++frame) {
      if (manifest_.used_[place][frame]) bytes += pack.frame_sizes[frame];
    }
    if (bytes == 0) continue;
    manifest_.facts_.fetched_bytes += bytes;
    ++manifest_.facts_.fetched_packs;
    const auto backup = backup_of_pack(pack.object);
    if (backup != manifest_.summary_.id) others.insert(backup);
  }
  manifest_.facts_.other_backups = others.size();
}

Result<ManifestFile> ManifestLines::finish() {
  if (!line_.empty() || !end_) return fail(ErrorKind::corrupt, "it ends before its end line");
  if (end_->packs != manifest_.packs_.size() || end_->directories != manifest_.facts_.directories ||
      end_->files != manifest_.facts_.files) {
    return fail(ErrorKind::corrupt, "its counts differ from its lines");
  }
  TRY(manifest_.directories_.finish());
  TRY(manifest_.files_.finish());
  add_up();
  return std::move(manifest_);
}

}  // namespace walden
