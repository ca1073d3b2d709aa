#include "basebackup/recorded_backup.h"

#include "basebackup/manifest_writer.h"

namespace walden {

std::vector<PackRecord> RecordedBackup::all_packs() const {
  std::vector<PackRecord> all = earlier;
  all.insert(all.end(), packs.begin(), packs.end());
  return all;
}

Result<> write_recorded_manifest(Store& store, const ObjectNames& names,
                                 const BackupSummary& summary, RecordedBackup& recorded,
                                 const Sealing& sealing) {
  auto manifest = TRY(ManifestWriter::create(store, names, summary, sealing));
  for (const auto& pack : recorded.earlier) TRY(manifest->add(pack));
  for (const auto& pack : recorded.packs) TRY(manifest->add(pack));
  TRY(manifest->add_directories(*recorded.directories, recorded.directory_count));
  TRY(recorded.files->flush());
  EntryReader files(recorded.files->fd(), 0, recorded.files->size());
  while (const auto entry = TRY(files.next())) TRY(manifest->add(entry->file));
  return manifest->commit();
}

}  // namespace walden
