// What makes a whole copy of an incremental backup, beside its blocks: as pg_combinebackup leaves
// it, without the word of the backup before in backup_label, and with a backup_manifest that names
// the files as they are and not INCREMENTAL.* as they were sent.
#pragma once

#include <mutex>
#include <vector>

#include "basebackup/restored_tree.h"

namespace walden {

class CombinedBackup {
 public:
  // The CRC-32C of a file that was put together; from any thread. Memory: 24 bytes for each.
  void add(const FileRecord& file, std::uint32_t crc);

  // Once all files are restored. Durable.
  [[nodiscard]] Result<> finish(const RestoredTree& tree);

 private:
  struct Sum {
    std::uint64_t path = 0;  // its mark
    std::uint64_t size = 0;
    std::uint32_t crc = 0;
  };
  [[nodiscard]] Result<Sum> sum_of(const RestoredTree& tree, const std::string& path) const;
  [[nodiscard]] Result<std::string> changed(const RestoredTree& tree, const std::string& label,
                                            std::string line) const;

  std::mutex mutex_;
  std::vector<Sum> sums_;
};

// A backup_label without the lines that say on which backup it builds: with them PostgreSQL refuses
// to start.
[[nodiscard]] std::string label_of_whole_backup(std::string_view label);

}  // namespace walden
