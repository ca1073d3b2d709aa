// Which backups a cluster has. A folder without a manifest is no backup: it is an unfinished or
// interrupted one, and is only counted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "basebackup/manifest.h"
#include "common/store/store.h"

namespace walden {

struct CatalogEntry {
  std::string id;
  std::uint64_t system_identifier = 0;
  // Absent on a host that holds no key that opens it: then only the name is known, and `sealed`
  // says why.
  std::optional<BackupSummary> summary;
  std::string sealed;
  std::string remedy;  // of `sealed`
  // Its manifest is damaged, and how. The other backups can be restored all the same.
  std::string damaged;
};

struct Catalog {
  std::vector<CatalogEntry>
      backups;  // of one system identifier, by timeline and start position, oldest first
  std::vector<std::string> unfinished;  // ids with packs and no manifest, and not given up
};

// The system identifiers that have a folder in the archive, ascending. Skips through the listing:
// one request for each, however much WAL there is.
[[nodiscard]] Result<std::vector<std::uint64_t>> system_identifiers(Store& store,
                                                                    const std::string& cluster);

// A manifest that does not open is in its entry, not an error: one damaged backup must not hide the
// others.
[[nodiscard]] Result<Catalog> read_catalog(Store& store, const ObjectNames& names,
                                           const Opening& opening);

// The one backup whose id is `wanted`, or contains it as long as only one does. ErrorKind::usage
// names the candidates otherwise.
[[nodiscard]] Result<CatalogEntry> find_backup(const Catalog& catalog, const std::string& wanted);

// The identifier to work on: `wanted` if it is not 0 (ErrorKind::usage unless it has a folder, or
// is the marker's); else the only one with backups; with several, ErrorKind::usage that lists them
// (a blank cluster must not be taken for production), with none the marker's.
[[nodiscard]] Result<std::uint64_t> choose_system_identifier(Store& store,
                                                             const std::string& cluster,
                                                             std::uint64_t marker_identifier,
                                                             std::uint64_t wanted);

}  // namespace walden
