// What has arrived of a backup: its packs, and notes of its files and directories, which grow with
// the database and so lie in temporary files.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "basebackup/file_entry.h"
#include "common/postgres/base_backup_stream.h"

namespace walden {

struct RecordedBackup {
  BackupStart start;
  std::vector<PackRecord> packs;        // its own
  std::vector<PackRecord> earlier;      // those of earlier backups that it refers to
  std::vector<std::string> references;  // these backups' ids
  std::unique_ptr<Spool> directories;   // lines of the manifest
  std::uint64_t directory_count = 0;
  std::unique_ptr<Spool> files;  // entries (file_entry.h), in the order in which they came
  std::uint64_t file_count = 0;
  std::unique_ptr<Spool> server_manifest;
  std::uint64_t system_identifier = 0;  // as its global/pg_control has it; 0: that did not arrive
  std::uint64_t database_size = 0;      // bytes of all files
  bool with_wal = false;

  // Of both lists.
  [[nodiscard]] std::vector<PackRecord> all_packs() const;
};

// Every file that the server lists arrived with its size and checksum, and no other did: in the
// order in which it sent them, which is the order of its manifest. And they are files of the
// cluster with this identifier, as far as they or the manifest (17+) tell. ErrorKind::corrupt names
// the first that differs.
[[nodiscard]] Result<> check_against_server(const RecordedBackup& recorded,
                                            std::uint64_t system_identifier);

// Creates the manifest object from the notes, holding one line at a time; ErrorKind::exists if
// there is one already.
[[nodiscard]] Result<> write_recorded_manifest(Store& store, const ObjectNames& names,
                                               const BackupSummary& summary,
                                               RecordedBackup& recorded, const Sealing& sealing);

}  // namespace walden
