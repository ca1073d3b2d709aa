// Writes a manifest line by line, in the order that docs/manifest.md gives: of a database of any
// size only what is being sealed is in memory.
#pragma once

#include <memory>

#include "basebackup/manifest_json.h"
#include "common/bytes/sealed_writer.h"
#include "common/bytes/spool.h"

namespace walden {

class ManifestWriter {
 public:
  // The summary is written at once, alone in the first frame. Store and sealing must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<ManifestWriter>> create(Store& store,
                                                                      const ObjectNames& names,
                                                                      const BackupSummary& summary,
                                                                      const Sealing& sealing);

  // Packs first, then directories, then files.
  [[nodiscard]] Result<> add(const PackRecord& pack);
  [[nodiscard]] Result<> add(const DirectoryRecord& directory);
  [[nodiscard]] Result<> add(const FileRecord& file);
  // Directories that are lines already, `count` of them.
  [[nodiscard]] Result<> add_directories(Spool& lines, std::uint64_t count);

  // The end line with the counts; from here on the backup exists. ErrorKind::exists if there is one
  // already.
  [[nodiscard]] Result<> commit();

 private:
  ManifestWriter() = default;
  [[nodiscard]] Result<> write_line(const ManifestLine& line);

  std::unique_ptr<Upload> upload_;
  std::unique_ptr<SealedWriter> sealed_;  // writes into upload_: destroyed before it
  ManifestEnd counts_;
};

}  // namespace walden
