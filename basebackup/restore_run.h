// The restore itself: files, settings, pg_control, and last of all the claims on the directories.
#pragma once

#include <atomic>

#include "basebackup/context.h"
#include "basebackup/restore_plan.h"

namespace walden {

// On any failure, and when `cancel` becomes true, everything that was written is removed again.
[[nodiscard]] Result<> run_restore(Store& store, const ObjectNames& names, const Opening& opening,
                                   const RestorePlan& plan, const Manifest& manifest,
                                   unsigned threads, const std::atomic<bool>& cancel);

}  // namespace walden
