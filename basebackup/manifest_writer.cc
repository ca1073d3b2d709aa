#include "basebackup/manifest_writer.h"

namespace walden {

Result<std::unique_ptr<ManifestWriter>> ManifestWriter::create(Store& store,
                                                               const ObjectNames& names,
                                                               const BackupSummary& summary,
                                                               const Sealing& sealing) {
  const std::string object = names.manifest(summary.id);
  std::unique_ptr<ManifestWriter> writer(new ManifestWriter);
  writer->upload_ = TRY(store.create(object));
  writer->sealed_ = TRY(SealedWriter::create(sealing, names.identity(object), *writer->upload_));
  TRY(writer->write_line(summary));
  TRY(writer->sealed_->end_frame());
  return writer;
}

Result<> ManifestWriter::write_line(const ManifestLine& line) {
  return sealed_->write(bytes_of(to_json_line(line) + "\n"));
}

Result<> ManifestWriter::add(const PackRecord& pack) {
  ++counts_.packs;
  return write_line(pack);
}

Result<> ManifestWriter::add(const DirectoryRecord& directory) {
  ++counts_.directories;
  return write_line(directory);
}

Result<> ManifestWriter::add(const FileRecord& file) {
  ++counts_.files;
  return write_line(file);
}

Result<> ManifestWriter::add_directories(Spool& lines, std::uint64_t count) {
  counts_.directories += count;
  return lines.copy_to(*sealed_);
}

Result<> ManifestWriter::commit() {
  TRY(write_line(counts_));
  TRY(sealed_->finish());
  return upload_->commit();
}

Result<> write_manifest(Store& store, const ObjectNames& names, const Manifest& manifest,
                        const Sealing& sealing) {
  auto writer = TRY(ManifestWriter::create(store, names, manifest.summary, sealing));
  for (const auto& pack : manifest.packs) TRY(writer->add(pack));
  for (const auto& directory : manifest.directories) TRY(writer->add(directory));
  for (const auto& file : manifest.files) TRY(writer->add(file));
  return writer->commit();
}

}  // namespace walden
