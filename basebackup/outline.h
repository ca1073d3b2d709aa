// The outline of a backup: what must be known of it to decide how long it stays, readable without a
// secret key. docs/retention.md has the fields; nothing in it names a file or a database.
//
// Stored as `outline` beside the manifest, just before it. That makes it the backup's claim to the
// packs it refers to as well: `basebackup expire` reads every outline after it has condemned packs
// and before it deletes any, and `basebackup push` looks for condemned ones after its outline is
// there and before its manifest is. One of the two sees the other.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "basebackup/manifest.h"
#include "common/postgres/timeline_history.h"

namespace walden {

inline constexpr int kOutlineVersion = 1;

struct BackupOutline {
  std::string id;
  std::string kind = "full";
  Timeline timeline = 0;
  std::uint32_t segment_size = 0;
  Lsn start;
  Lsn stop;
  Instant started;
  Instant stopped;
  std::uint64_t database_size = 0;
  std::uint64_t stored_size = 0;
  std::vector<std::string> references;
  bool with_wal = false;
  bool from_standby = false;
  std::optional<TimelineHistory> history;  // of `timeline`; nothing where the server had none
};

[[nodiscard]] BackupOutline outline_of(const BackupSummary& summary,
                                       std::optional<TimelineHistory> history);

[[nodiscard]] std::string to_json_text(const BackupOutline& outline);
// ErrorKind::corrupt for anything that is no outline; configuration for one of a newer version.
[[nodiscard]] Result<BackupOutline> parse_outline(std::string_view json);

[[nodiscard]] Result<> write_outline(Store& store, const ObjectNames& names,
                                     const BackupOutline& outline, const Sealing& sealing);
// ErrorKind::absent where the backup has none; corrupt where it is another's, or signed by nobody
// that is trusted.
[[nodiscard]] Result<BackupOutline> read_outline(Store& store, const ObjectNames& names,
                                                 const std::string& backup_id,
                                                 const Opening& opening);

// Are a backup's packs, its own and earlier backups', still there, and not condemned? To be asked
// when its outline is stored and its manifest is not. ErrorKind::transient: take it again.
[[nodiscard]] Result<> check_references(Store& store, const ObjectNames& names,
                                        std::span<const std::string> references,
                                        std::span<const PackRecord> packs);

}  // namespace walden
