// The server's own backup_manifest (backup-manifest-format in PostgreSQL's documentation).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/bytes/bytes.h"
#include "common/postgres/lsn.h"

namespace walden {

struct BackupManifest {
  struct File {
    std::string path;  // Encoded-Path already decoded: bytes, not necessarily UTF-8
    std::uint64_t size = 0;
    std::string checksum_algorithm;  // "SHA256", "CRC32C", …; empty when there is none
    std::string checksum;            // lower-case hex
  };
  struct WalRange {
    Timeline timeline = 0;
    Lsn start;
    Lsn end;
  };
  int version = 0;                      // 1, or 2 from PostgreSQL 17
  std::uint64_t system_identifier = 0;  // 0 in version 1
  std::vector<File> files;
  std::vector<WalRange> wal_ranges;
};

// Checks the manifest's own SHA-256. Refused as corrupt when anything is missing or of another
// shape, or when a path is absolute or climbs.
[[nodiscard]] Result<BackupManifest> parse_backup_manifest(std::string_view json);

// The same of a manifest in a file, `size` bytes from its start, of which no more is held in memory
// than one file's entry: each is handed to `visit`, whose error ends the reading, and the result
// has no files. `fd` stays the caller's; its offset is changed.
using VisitListedFile = std::function<Result<>(const BackupManifest::File&)>;
[[nodiscard]] Result<BackupManifest> read_backup_manifest(int fd, std::uint64_t size,
                                                          const VisitListedFile& visit);

}  // namespace walden
