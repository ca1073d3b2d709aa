// A small backup made by hand, for tests of what reads backups.
#pragma once

#include <map>
#include <string>

#include "basebackup/manifest.h"

namespace walden::testing {

[[nodiscard]] BackupSummary sample_summary();

// Packs `files` (path -> content) as a backup with `summary`'s identity, and commits its manifest.
// `pack_size` small makes several packs. Throws when the store refuses.
Manifest store_sample_backup(Store& store, BackupSummary summary,
                             const std::map<std::string, std::string>& files,
                             const Sealing& sealing = {},
                             std::uint64_t pack_size = std::uint64_t{1} << 30U);

[[nodiscard]] ObjectNames names_of(const BackupSummary& summary);

}  // namespace walden::testing
