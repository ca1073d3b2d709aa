// The plaintext of a manifest, line by line into a ManifestFile, each checked against those before.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "basebackup/manifest_json.h"
#include "basebackup/manifest_reader.h"

namespace walden {

class ManifestLines final : public ByteSink {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ManifestLines>> create();

  [[nodiscard]] Result<> write(ByteView bytes) override;
  // A line without its line break. Every defect is ErrorKind::corrupt.
  [[nodiscard]] Result<> add(std::string_view line);
  // Once, after the last line.
  [[nodiscard]] Result<ManifestFile> finish();

 private:
  explicit ManifestLines(ManifestFile manifest) : manifest_(std::move(manifest)) {}

  [[nodiscard]] Result<> take(BackupSummary&& summary);
  [[nodiscard]] Result<> take(PackRecord&& pack);
  [[nodiscard]] Result<> take(DirectoryRecord&& directory);
  [[nodiscard]] Result<> take(FileRecord&& file);
  [[nodiscard]] Result<> take(ManifestEnd&& end);
  [[nodiscard]] Result<> mark_used(const FileRecord& file);
  void add_up();

  ManifestFile manifest_;
  bool started_ = false;
  std::optional<ManifestEnd> end_;
  std::unordered_map<std::uint32_t, std::size_t> places_;  // in packs(), by a pack's number
  std::string line_;                                       // that has not ended yet
  std::string_view line_text_;                             // the one that is being taken
};

}  // namespace walden
