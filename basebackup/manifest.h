// The manifest of a base backup: what it is, and where every byte of every file lies.
//
// Stored as a sealed object whose plaintext is JSON Lines, in this order: one summary line, alone
// in the first frame so that a listing reads nothing else; one line per pack; one per directory;
// one per file; one end line with the counts. docs/manifest.md has the fields. It is written last:
// a backup exists only once its manifest does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "basebackup/content_digest.h"
#include "common/archive/object_names.h"
#include "common/bytes/instant.h"
#include "common/bytes/sealed_object.h"
#include "common/postgres/lsn.h"
#include "common/store/store.h"

namespace walden {

// Version 1 had neither references nor files without a digest; it is read like this one.
inline constexpr int kManifestVersion = 2;

struct TablespaceRecord {
  std::uint32_t oid = 0;
  std::string location;    // absolute; relative (pg_tblspc/OID) for an in-place tablespace
  std::uint64_t size = 0;  // bytes of its files
};

struct BackupSummary {
  std::string id;
  std::string kind = "full";  // or "incremental": it refers to frames of earlier backups
  std::string base;           // the earlier backup that the server compared with, or nothing
  std::string label;
  std::string cluster;
  std::uint64_t system_identifier = 0;
  int server_version = 0;  // 150018 for 15.18
  std::uint32_t segment_size = 0;
  Timeline timeline = 0;  // at the start
  Lsn start;              // redo: replay begins in this segment
  Lsn stop;               // consistent once replayed to here
  Instant started;        // by the clock of the host that took it
  Instant stopped;
  bool from_standby = false;
  std::uint32_t data_directory_mode = 0700;
  std::uint64_t database_size = 0;  // bytes of all files
  std::uint64_t stored_size = 0;    // bytes of this backup's packs
  std::uint64_t file_count = 0;
  std::uint32_t pack_count = 0;         // this backup's own
  std::vector<std::string> references;  // ids of the other backups whose packs its files lie in
  bool with_wal = false;                // its WAL is among its files, under pg_wal/
  std::vector<TablespaceRecord> tablespaces;   // without the main data directory
  std::vector<std::string> checksum_failures;  // of damaged pages, bounded
  std::vector<std::string> warnings;           // of the server, of anything else, bounded
};

struct PackRecord {
  std::uint32_t number = 0;  // as FileRun::pack names it
  std::string object;  // full object name; of an earlier backup's folder where it refers to it
  std::uint32_t header_size = 0;
  std::uint64_t stored_size = 0;
  std::vector<std::uint32_t> frame_sizes;  // stored, length words included: where each frame lies
  std::uint64_t plaintext_size = 0;        // as its writer knows it; not in the manifest
};

// FileRun::pack of a run of zeros, which lies in no pack.
inline constexpr std::uint32_t kZeros = 0;

// `length` bytes, starting at `offset` in the plaintext of `frame` and going on through the frames
// after.
struct FileRun {
  std::uint32_t pack = 0;
  std::uint32_t frame = 0;
  std::uint32_t offset = 0;
  std::uint64_t length = 0;
};

struct DirectoryRecord {
  std::string path;  // relative to the data directory; of a tablespace's: pg_tblspc/OID/…
  std::uint32_t mode = 0700;
};

struct FileRecord {
  std::string path;  // as DirectoryRecord; bytes, not necessarily UTF-8
  std::uint32_t mode = 0600;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  // seconds since 1970
  ContentDigest digest;       // of the content
  std::vector<FileRun> runs;  // in order; none for an empty file
};

struct Manifest {
  BackupSummary summary;
  std::vector<PackRecord> packs;
  std::vector<DirectoryRecord> directories;  // parents before children
  std::vector<FileRecord> files;             // in the order of the packs
};

// Creates the manifest object; ErrorKind::exists if there is one already.
[[nodiscard]] Result<> write_manifest(Store& store, const ObjectNames& names,
                                      const Manifest& manifest, const Sealing& sealing);

// All of it in memory, checked as manifest_reader.h says: where a backup is known to be small.
[[nodiscard]] Result<Manifest> read_manifest(Store& store, const ObjectNames& names,
                                             const std::string& backup_id, const Opening& opening);

// ErrorKind::corrupt for the summary of another backup or cluster.
[[nodiscard]] Result<> check_summary(const BackupSummary& summary, const ObjectNames& names,
                                     const std::string& backup_id);

// `error`, with the object's name in front unless it names it already: what opens frames does.
[[nodiscard]] Error naming(const std::string& object, const Error& error);

// Only the first frame is fetched.
[[nodiscard]] Result<BackupSummary> read_summary(Store& store, const ObjectNames& names,
                                                 const std::string& backup_id,
                                                 const Opening& opening);

}  // namespace walden
