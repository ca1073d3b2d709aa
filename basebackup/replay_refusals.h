// Why a target cannot be reached, in sentences: each names the moment or the segment, and what can
// be done instead.
#pragma once

#include <optional>

#include "basebackup/manifest.h"
#include "basebackup/restore_target.h"
#include "common/archive/wal_archive.h"
#include "common/postgres/wal_records.h"

namespace walden {

[[nodiscard]] std::unexpected<Error> refuse_too_early(const RestoreTarget& target,
                                                      const BackupSummary& oldest);
// `last`: the newest transaction that is archived.
[[nodiscard]] std::unexpected<Error> refuse_after_archive(
    const RestoreTarget& target, const std::optional<TransactionEnd>& last);
[[nodiscard]] std::unexpected<Error> refuse_lsn_after_archive(const RestoreTarget& target,
                                                              const WalName& newest);
[[nodiscard]] std::unexpected<Error> refuse_not_found(const RestoreTarget& target,
                                                      const BackupSummary& oldest);
// `before`: the last transaction that can be reached before the hole.
[[nodiscard]] std::unexpected<Error> refuse_hole(const WalArchive::Coverage::Hole& hole,
                                                 const BackupSummary& backup,
                                                 const std::optional<TransactionEnd>& before);
// The archive ends before the backup does.
[[nodiscard]] std::unexpected<Error> refuse_incomplete_backup(const BackupSummary& backup,
                                                              const WalArchive::Coverage& coverage);

// "0000…7C is missing", "2 segments are missing, 0000…7C to 0000…7D".
[[nodiscard]] std::string hole_text(const WalArchive::Coverage::Hole& hole);

}  // namespace walden
