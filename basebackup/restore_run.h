// The restore itself: files, settings, pg_control, and last of all the claims on the directories.
#pragma once

#include <atomic>

#include "basebackup/context.h"
#include "basebackup/restore_plan.h"

namespace walden {

// What a failure leaves: nothing, where the backup itself is damaged or nothing was restored yet;
// else all that was restored, which no server starts from, for --resume. The remedy says which.
[[nodiscard]] Result<Restored> run_restore(Store& store, const ObjectNames& names,
                                           const Opening& opening, const RestorePlan& plan,
                                           const ManifestFile& manifest, unsigned threads,
                                           const std::atomic<bool>& cancel);

}  // namespace walden
