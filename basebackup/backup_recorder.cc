#include "basebackup/backup_recorder.h"

#include <fmt/format.h>

#include <algorithm>

#include "basebackup/manifest_json.h"
#include "basebackup/plain_label.h"
#include "common/bytes/little_endian.h"
#include "common/postgres/wal_name.h"

namespace walden {
namespace {

constexpr std::string_view kControlFile = "global/pg_control";
constexpr std::size_t kMaxLabel = std::size_t{64} << 10U;
// A file takes about 150 bytes in it: this is enough for a hundred million files.
constexpr std::uint64_t kMaxServerManifest = std::uint64_t{20} << 30U;

// What a backup with its WAL sends beside the files that the server's manifest lists.
bool is_wal(std::string_view path) {
  constexpr std::string_view kFolder = "pg_wal/";
  if (!path.starts_with(kFolder)) return false;
  const auto name = WalName::parse(path.substr(kFolder.size()));
  return name && name->kind == WalFileKind::segment;
}

// The path without the prefix of its last part; nothing where it has none.
std::optional<std::string> path_of_incremental(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::string_view name = std::string_view(path).substr(slash + 1);
  if (!name.starts_with(kIncrementalPrefix)) return std::nullopt;
  return path.substr(0, slash + 1) + std::string(name.substr(kIncrementalPrefix.size()));
}

// The digest of a MiB is still known where nothing of it was sent and all of it was there.
std::vector<Digest> digests_kept(const FileEntry& before, const BlockChanges& changes) {
  const std::uint64_t size = changes.file_size();
  const std::uint64_t kept = std::min<std::uint64_t>(
      before.file.size, std::uint64_t{changes.truncation_length} * changes.block_size);
  std::vector<Digest> chunks = before.chunks;
  chunks.resize(std::min<std::uint64_t>((size + kChunkSize - 1) / kChunkSize, kMaxChunks));
  for (std::uint64_t i = 0; i < chunks.size(); ++i) {
    const std::uint64_t begin = i * kChunkSize;
    const std::uint64_t end = std::min<std::uint64_t>(begin + kChunkSize, size);
    const std::uint64_t before_end = std::min<std::uint64_t>(begin + kChunkSize, before.file.size);
    if (end > kept || end != before_end) chunks[i] = {};
  }
  for (const std::uint32_t block : changes.blocks) {
    const std::uint64_t chunk = std::uint64_t{block} * changes.block_size / kChunkSize;
    if (chunk < chunks.size()) chunks[chunk] = {};
  }
  return chunks;
}

}  // namespace

BackupRecorder::BackupRecorder(OpenPacks open_packs, Advance advance, Waiting waiting,
                               Earlier earlier, const std::optional<BlockLayout>& blocks)
    : open_packs_(std::move(open_packs)),
      advance_(std::move(advance)),
      waiting_(std::move(waiting)),
      earlier_(earlier),
      blocks_(blocks),
      may_refer_([this](const FileRun& run) {
        return earlier_.packs != nullptr && earlier_.packs->may_refer(run);
      }) {}

Result<> BackupRecorder::started(const BackupStart& start) {
  recorded_.start = start;
  recorded_.directories = TRY(Spool::create());
  recorded_.files = TRY(Spool::create());
  recorded_.server_manifest = TRY(Spool::create());
  packs_ = TRY(open_packs_(start));
  packer_ = std::make_unique<FilePacker>(*packs_, may_refer_);
  return {};
}

Result<> BackupRecorder::begin_archive(const BackupTablespace& tablespace) {
  tablespace_ = tablespace.oid;
  prefix_ = tablespace.oid == 0 ? "" : fmt::format("pg_tblspc/{}/", tablespace.oid);
  tar_ = std::make_unique<TarReader>(static_cast<TarVisitor&>(*this));
  return {};
}

Result<> BackupRecorder::archive_data(ByteView tar) {
  advance_(tar.size());
  return tar_->write(tar);
}

Result<> BackupRecorder::end_archive() {
  TRY(tar_->finish());
  tar_.reset();
  return {};
}

Result<> BackupRecorder::begin_member(const TarMember& member) {
  const std::string path = prefix_ + member.path;
  switch (member.kind) {
    case TarMember::Kind::directory:
      return begin_directory(path, member.mode);
    case TarMember::Kind::symlink:
      // Tablespaces come as archives of their own; a link to one says nothing that is not known.
      if (path.starts_with("pg_tblspc/")) return {};
      return fail(ErrorKind::corrupt, fmt::format("the server sent a symbolic link, {}", path));
    case TarMember::Kind::file:
      return begin_file(member, path);
  }
  return {};
}

Result<> BackupRecorder::begin_directory(const std::string& path, std::uint32_t mode) {
  ++recorded_.directory_count;
  return recorded_.directories->write(
      bytes_of(to_json_line(DirectoryRecord{.path = path, .mode = mode}) + "\n"));
}

Result<> BackupRecorder::begin_file(const TarMember& member, const std::string& path) {
  entry_.emplace();
  entry_->file = {.path = path,
                  .mode = member.mode,
                  .size = member.size,
                  .modified = member.modified,
                  .digest = {},
                  .runs = {}};
  entry_->listed_path = path;
  entry_->listed_size = member.size;
  if (is_wal(path)) {
    entry_->listed = false;
    recorded_.with_wal = true;
  }
  crc_.emplace();
  const auto whole = blocks_ ? path_of_incremental(path) : std::nullopt;
  if (whole) entry_->file.path = *whole;
  if (earlier_.memory != nullptr) before_ = TRY(earlier_.memory->find(entry_->file.path));
  if (whole) return begin_incremental(member.size);
  if (blocks_ && path == "backup_label") label_.emplace(kMaxLabel);
  return packer_->begin(member.size, before_.get());
}

Result<> BackupRecorder::begin_incremental(std::uint64_t size) {
  if (!before_ || !earlier_.packs->all_of(before_->file.runs)) {
    return fail(ErrorKind::corrupt,
                fmt::format("the server sent only what has changed of {}, the rest of which is not "
                            "known here",
                            entry_->file.path),
                "Take the backup with --full.");
  }
  incremental_ = std::make_unique<IncrementalFileReader>(*blocks_, size, *packs_);
  return packs_->begin_file(0);
}

Result<> BackupRecorder::content(ByteView bytes) {
  crc_->update(bytes);
  if (entry_->file.path == kControlFile) keep_identifier(bytes);
  if (label_) return label_->write(bytes);
  return incremental_ ? incremental_->write(bytes) : packer_->write(bytes);
}

Result<> BackupRecorder::end_member() {
  if (!entry_) return {};
  entry_->crc32c = crc_->value();
  TRY(incremental_ ? end_incremental() : end_content());
  account(entry_->file);
  return note();
}

Result<> BackupRecorder::end_content() {
  if (label_) {
    TRY(packer_->write(bytes_of(plain_label(text_of(label_->buffer())))));
    label_.reset();
  }
  auto packed = TRY(packer_->end());
  entry_->file.size = packed.size;
  entry_->file.digest = packed.digest;
  entry_->file.runs = std::move(packed.runs);
  entry_->chunks = std::move(packed.chunks);
  return {};
}

Result<> BackupRecorder::end_incremental() {
  const BlockChanges changes = TRY(incremental_->finish());
  const FileRuns sent = packs_->end_file();
  FileRecord& file = entry_->file;
  file.size = changes.file_size();
  file.runs = overlay_blocks(before_->file.runs, before_->file.size, changes, sent);
  entry_->chunks = digests_kept(*before_, changes);
  // Nothing of it was sent and nothing cut off: it is what it was.
  if (changes.blocks.empty() && file.size == before_->file.size) {
    file.digest = before_->file.digest;
  }
  incremental_.reset();
  return {};
}

Result<> BackupRecorder::note() {
  if (earlier_.packs != nullptr) earlier_.packs->note(entry_->file.runs);
  encoded_.clear();
  append_entry(encoded_, *entry_);
  ++recorded_.file_count;
  entry_.reset();
  before_.reset();
  return recorded_.files->write(encoded_);
}

// It stands first in every version; that the file is whole the server's manifest proves.
void BackupRecorder::keep_identifier(ByteView control) {
  constexpr std::size_t kSize = sizeof(recorded_.system_identifier);
  const auto part = control.first(std::min(control.size(), kSize - identifier_.size()));
  identifier_.insert(identifier_.end(), part.begin(), part.end());
  if (identifier_.size() == kSize) {
    recorded_.system_identifier = load_le<std::uint64_t>(identifier_, 0);
  }
}

void BackupRecorder::account(const FileRecord& file) {
  recorded_.database_size += file.size;
  if (tablespace_ == 0) return;
  auto& tablespaces = recorded_.start.tablespaces;
  const auto own = std::ranges::find(tablespaces, tablespace_, &BackupTablespace::oid);
  if (own != tablespaces.end()) own->size += file.size;
}

// Stored as a file too: pg_verifybackup looks for it in the restored directory.
Result<> BackupRecorder::begin_server_manifest() {
  entry_.emplace();
  entry_->file.path = "backup_manifest";
  entry_->file.mode = 0600;
  entry_->listed = false;
  return packer_->begin(kFrameSize, nullptr);
}

Result<> BackupRecorder::manifest_data(ByteView bytes) {
  if (!entry_) TRY(begin_server_manifest());
  if (bytes.size() > kMaxServerManifest - recorded_.server_manifest->size()) {
    return fail(ErrorKind::corrupt, "the server's backup_manifest has no end");
  }
  TRY(recorded_.server_manifest->write(bytes));
  return packer_->write(bytes);
}

Result<RecordedBackup> BackupRecorder::finish() {
  if (!entry_) TRY(begin_server_manifest());
  TRY(end_content());
  TRY(note());
  recorded_.packs = TRY(packs_->finish());
  if (earlier_.packs != nullptr) {
    recorded_.earlier = earlier_.packs->referred();
    recorded_.references = earlier_.packs->backups();
  }
  return std::move(recorded_);
}

}  // namespace walden
