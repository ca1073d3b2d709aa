// Why a target cannot be reached, in sentences: each names the moment or the segment, and what can
// be done instead.
#pragma once

#include <optional>

#include "basebackup/manifest.h"
#include "basebackup/other_timelines.h"
#include "basebackup/restore_target.h"
#include "common/archive/wal_archive.h"
#include "common/postgres/wal_records.h"

namespace walden {

[[nodiscard]] std::unexpected<Error> refuse_too_early(const RestoreTarget& target,
                                                      const BackupSummary& oldest);
// `last`: the newest transaction that is archived from `backup` on.
[[nodiscard]] std::unexpected<Error> refuse_after_archive(const RestoreTarget& target,
                                                          const std::optional<TransactionEnd>& last,
                                                          const BackupSummary& backup);
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

// The refusal of a time, with the timelines that do reach it.
[[nodiscard]] Error with_other_timelines(Error refusal, const RestoreTarget& target,
                                         const std::vector<OtherTimeline>& others);
// For a time that can be reached, but was lived through otherwise on a timeline beside it.
[[nodiscard]] std::vector<std::string> warnings_of_other_timelines(
    const RestoreTarget& target, const std::vector<OtherTimeline>& others);

// "0000…7C is missing", "2 segments are missing, 0000…7C to 0000…7D".
[[nodiscard]] std::string hole_text(const WalArchive::Coverage::Hole& hole);

}  // namespace walden
