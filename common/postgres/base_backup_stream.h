// BASE_BACKUP over a replication connection (backup/basebackup.c, basebackup_copy.c; before 15
// replication/basebackup.c), both the message form of 15+ and the one-COPY-per-archive form of
// 13/14.
//
// run_base_backup calls the consumer in this order, always from the calling thread:
//   started       once: start position, timeline, the tablespaces, the estimated size
//   begin_archive for each tablespace, the main data directory last
//     archive_data any number of times: that archive's tar bytes
//   end_archive
//   waiting_for_archiver  with an archive_deadline: all is sent but the manifest
//   manifest_data any number of times: the server's backup_manifest
// and returns the end position. An error of the consumer cancels the backup at the server and is
// returned. Success means that the final CommandComplete has come: an abandoned or failed backup is
// never success. Page checksum failures (SQLSTATE XX001 after all data, with notices before) are
// not an error here: they are in the result, to be reported and recorded.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes/bytes.h"
#include "common/postgres/replication_connection.h"

namespace walden {

struct BaseBackupOptions {
  std::string label = "walden";
  bool fast_checkpoint = true;
  std::uint32_t max_rate_kb = 0;  // 0: no limit; else 32 to 1048576
  // The server itself waits until its own archiver is done with the backup's WAL, at most this long
  // after the end of the data; an archive that has files of these names proves less, for they may
  // be another server's. Nothing: it does not wait. A standby's archiver is not waited for by
  // PostgreSQL unless its archive_mode is always.
  std::optional<std::chrono::seconds> archive_deadline{};
  std::uint32_t segment_size = 16U << 20U;  // the server's, to name WAL that never came
  // 17+: only the blocks that changed since the manifest that was uploaded (upload_manifest.h).
  bool incremental = false;
  bool compressed = false;  // 15+: each archive as a zstd stream, decompressed as it comes
  bool with_wal = false;    // the WAL from start to stop too, under pg_wal/
};

struct BackupTablespace {
  std::uint32_t oid = 0;   // 0: the main data directory
  std::string location;    // absolute, or relative (pg_tblspc/OID) for an in-place one (16+)
  std::uint64_t size = 0;  // bytes, the server's estimate
};

struct BackupStart {
  Lsn lsn;
  Timeline timeline = 0;
  std::vector<BackupTablespace> tablespaces;  // the main data directory last
  std::uint64_t estimated_size = 0;           // bytes
};

struct BackupEnd {
  Lsn lsn;
  Timeline timeline = 0;
  // The server's own sentences; empty when all is well.
  std::vector<std::string> checksum_failures;
  std::vector<std::string> warnings;  // of anything else, as of a file that it left out
};

class BaseBackupConsumer {
 public:
  BaseBackupConsumer() = default;
  BaseBackupConsumer(const BaseBackupConsumer&) = delete;
  BaseBackupConsumer& operator=(const BaseBackupConsumer&) = delete;
  virtual ~BaseBackupConsumer() = default;

  [[nodiscard]] virtual Result<> started(const BackupStart& start) = 0;
  [[nodiscard]] virtual Result<> begin_archive(const BackupTablespace& tablespace) = 0;
  [[nodiscard]] virtual Result<> archive_data(ByteView tar) = 0;
  [[nodiscard]] virtual Result<> end_archive() = 0;
  [[nodiscard]] virtual Result<> manifest_data(ByteView bytes) = 0;
  virtual void waiting_for_archiver() {}
};

// The text of the command for this server, in the grammar of its version: MANIFEST with CRC32C
// checksums, which cost neither side much, PROGRESS, and from 16 on TABLESPACE_MAP. Before, a
// backup has links in pg_tblspc instead.
[[nodiscard]] std::string base_backup_command(int server_version, const BaseBackupOptions& options);

// `cancel`: when it becomes true the backup is cancelled at the server and ErrorKind::usage
// ("interrupted") is returned, within a second.
[[nodiscard]] Result<BackupEnd> run_base_backup(ReplicationConnection& connection,
                                                const BaseBackupOptions& options,
                                                BaseBackupConsumer& consumer,
                                                const std::atomic<bool>& cancel);

}  // namespace walden
