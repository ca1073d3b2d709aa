// The manifest of a backup, read once and kept where it can be gone through any number of times:
// the summary and the packs in memory (4 bytes for each frame), directories and files in temporary
// files. Memory does not grow with the number of files.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/line_spool.h"
#include "basebackup/manifest.h"

namespace walden {

// What a plan says of a backup, added up while its manifest is read.
struct ManifestFacts {
  std::uint64_t directories = 0;
  std::uint64_t files = 0;
  std::uint64_t fetched_bytes = 0;  // stored, of the frames that its files lie in
  std::uint64_t fetched_packs = 0;  // that they lie in
  std::uint64_t other_backups = 0;  // whose packs are among those
  bool has_settings = false;        // postgresql.conf
  bool has_log_directory = false;   // log
};

class ManifestFile {
 public:
  // Everything is checked: the object to its end, counts against the end line, runs within packs,
  // sizes against runs, paths relative and without "..", packs within the folders of this backup
  // and of those it refers to. ErrorKind::configuration when its version is newer than this
  // program.
  [[nodiscard]] static Result<ManifestFile> open(Store& store, const ObjectNames& names,
                                                 const std::string& backup_id,
                                                 const Opening& opening);
  // One that was put together in memory, checked in the same way.
  [[nodiscard]] static Result<ManifestFile> of(const Manifest& manifest);

  [[nodiscard]] const BackupSummary& summary() const { return summary_; }
  [[nodiscard]] const std::vector<PackRecord>& packs() const { return packs_; }
  [[nodiscard]] const ManifestFacts& facts() const { return facts_; }
  // Where pg_control lies: what makes a directory a database. Nothing where it is not in the
  // backup.
  [[nodiscard]] const std::optional<FileRecord>& control_file() const { return control_file_; }
  // Whether any file lies in that frame; `pack` is a place in packs().
  [[nodiscard]] bool is_used(std::size_t pack, std::uint32_t frame) const {
    return used_[pack][frame];
  }

  [[nodiscard]] Result<> for_each_directory(
      const std::function<Result<>(const DirectoryRecord&)>& visit) const;
  [[nodiscard]] Result<> for_each_file(
      const std::function<Result<>(const FileRecord&)>& visit) const;

  // The files one by one, in the order of the manifest; the manifest must outlive it.
  class Files {
   public:
    explicit Files(const ManifestFile& manifest) : lines_(manifest.files_) {}
    [[nodiscard]] Result<std::optional<FileRecord>> next();

   private:
    LineSpool::Reader lines_;
  };
  [[nodiscard]] Files files() const { return Files(*this); }

 private:
  friend class ManifestLines;
  ManifestFile(LineSpool directories, LineSpool files)
      : directories_(std::move(directories)), files_(std::move(files)) {}

  BackupSummary summary_;
  std::vector<PackRecord> packs_;
  std::vector<std::vector<bool>> used_;  // frame by frame of each pack
  ManifestFacts facts_;
  std::optional<FileRecord> control_file_;
  LineSpool directories_;
  LineSpool files_;
};

}  // namespace walden
