// What a restore may go over, and whether it may: an old copy of the same cluster (--delta), or
// what a restore has left that was cut off (--resume).
#pragma once

#include <filesystem>
#include <optional>

#include "basebackup/manifest_reader.h"
#include "basebackup/restore_claim.h"

namespace walden {

enum class Over { nothing, cut_off_restore, old_copy };

struct OldCopy {
  bool empty = false;                                // but for the claim
  std::optional<ClaimedFor> claim;                   // what it was to become
  std::optional<std::uint64_t> system_identifier{};  // of its pg_control
};

// Of a data directory with something in it, on which no server runs. Refused (exists): what `over`
// does not mean, and where another restore runs.
[[nodiscard]] Result<OldCopy> look_at_old_copy(const std::filesystem::path& pgdata, Over over);

// Refused: a copy of another cluster, or the beginning of another backup's.
[[nodiscard]] Result<> check_old_copy(const std::filesystem::path& pgdata, const OldCopy& old,
                                      const BackupSummary& backup, Over over);

// Refused: what was cut off has been started as a server in the meantime.
[[nodiscard]] Result<> check_never_started(const std::filesystem::path& pgdata,
                                           const ManifestFile& manifest);

// Whether a directory with a claim was cut off before anything else was written into it.
[[nodiscard]] Result<bool> holds_only_claim(const std::filesystem::path& directory);

}  // namespace walden
