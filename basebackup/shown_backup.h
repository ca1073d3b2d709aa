// All that is known of one backup, as people and as programs read it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/manifest.h"
#include "basebackup/server_record.h"
#include "basebackup/wal_proof.h"

namespace walden {

struct ShownBackup {
  std::string store;
  BackupSummary summary;
  WalNeeded wal;
  std::uint64_t wal_present = 0;       // of wal.count()
  std::optional<ServerRecord> server;  // absent: an earlier Walden took the backup
  std::string server_unknown;          // why there is none
  std::vector<std::string> options;    // of the settings, as restore is to be given them
};

// At most 100 columns where names are short.
[[nodiscard]] std::string show_text(const ShownBackup& backup);

// docs/json.md
[[nodiscard]] nlohmann::ordered_json show_json(const ShownBackup& backup);

}  // namespace walden
