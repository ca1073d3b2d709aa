// Every byte of the WAL that a backup needs, and of what comes after it.
#pragma once

#include <atomic>
#include <functional>

#include "basebackup/manifest.h"
#include "basebackup/verification.h"
#include "common/archive/wal_archive.h"

namespace walden {

struct WalVerification {
  WalArchive& archive;
  const Opening& opening;
  unsigned threads = 1;
  std::function<void(const WalName&)> telling;  // called from every thread
  const std::atomic<bool>& cancel;
};

// From the backup's first segment to the newest in the archive, along `history`. Missing segments
// are problems, and so is an archive that ends before the backup does; but where the backup has its
// own WAL in it that is a remark.
[[nodiscard]] Result<> verify_wal(const WalVerification& what, const BackupSummary& backup,
                                  const TimelineHistory& history, Verification& verification);

// One file of the archive.
[[nodiscard]] Result<> verify_wal_file(const WalVerification& what, const WalName& name,
                                       Verification& verification);

}  // namespace walden
