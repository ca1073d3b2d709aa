#include "basebackup/backup_recorder.h"

#include <fmt/format.h>

#include <algorithm>

namespace walden {
namespace {

// A file takes about 150 bytes in it: this is enough for ten million files.
constexpr std::size_t kMaxServerManifest = std::size_t{2} << 30U;

}  // namespace

BackupRecorder::BackupRecorder(OpenPacks open_packs, Advance advance, Waiting waiting)
    : open_packs_(std::move(open_packs)),
      advance_(std::move(advance)),
      waiting_(std::move(waiting)) {}

Result<> BackupRecorder::started(const BackupStart& start) {
  recorded_.start = start;
  packs_ = TRY(open_packs_(start));
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
      recorded_.directories.push_back({.path = path, .mode = member.mode});
      return {};
    case TarMember::Kind::symlink:
      // Tablespaces come as archives of their own; a link to one says nothing that is not known.
      if (path.starts_with("pg_tblspc/")) return {};
      return fail(ErrorKind::corrupt, fmt::format("the server sent a symbolic link, {}", path));
    case TarMember::Kind::file:
      file_ = FileRecord{.path = path,
                         .mode = member.mode,
                         .size = member.size,
                         .modified = member.modified,
                         .digest = {},
                         .runs = {}};
      return packs_->begin_file(member.size);
  }
  return {};
}

Result<> BackupRecorder::content(ByteView bytes) {
  digest_.update(bytes);
  return packs_->write(bytes);
}

Result<> BackupRecorder::end_member() {
  if (!file_) return {};
  file_->digest = {.kind = ContentDigest::Kind::sha256, .value = digest_.finish()};
  file_->runs = packs_->end_file();
  account(*file_);
  recorded_.files.push_back(std::move(*file_));
  file_.reset();
  return {};
}

void BackupRecorder::account(const FileRecord& file) {
  recorded_.database_size += file.size;
  if (tablespace_ == 0) return;
  auto& tablespaces = recorded_.start.tablespaces;
  const auto own = std::ranges::find(tablespaces, tablespace_, &BackupTablespace::oid);
  if (own != tablespaces.end()) own->size += file.size;
}

Result<> BackupRecorder::manifest_data(ByteView bytes) {
  if (bytes.size() > kMaxServerManifest - recorded_.server_manifest.size()) {
    return fail(ErrorKind::corrupt, "the server's backup_manifest has no end");
  }
  recorded_.server_manifest.append(text_of(bytes));
  return {};
}

// pg_verifybackup looks for it in the restored directory.
Result<> BackupRecorder::keep_server_manifest() {
  const ByteView bytes = bytes_of(recorded_.server_manifest);
  TRY(packs_->begin_file(bytes.size()));
  TRY(packs_->write(bytes));
  recorded_.files.push_back({.path = "backup_manifest",
                             .mode = 0600,
                             .size = bytes.size(),
                             .modified = 0,
                             .digest = ContentHasher::of(ContentDigest::Kind::sha256, bytes),
                             .runs = packs_->end_file()});
  return {};
}

Result<BackupRecorder::Recorded> BackupRecorder::finish() {
  TRY(keep_server_manifest());
  recorded_.packs = TRY(packs_->finish());
  return std::move(recorded_);
}

}  // namespace walden
