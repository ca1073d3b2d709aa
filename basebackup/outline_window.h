// The recovery window on a host that holds no key: from the outlines of the backups, and from which
// segments there are.
#pragma once

#include <map>
#include <optional>

#include "basebackup/outline.h"
#include "basebackup/recovery_window.h"

namespace walden {

// Of the backups in `window` that do not open, those that have an outline; by id. An outline that
// is damaged, or that no trusted signer signed, is none.
[[nodiscard]] Result<std::map<std::string, BackupOutline>> read_outlines(
    Store& store, const ObjectNames& names, const RecoveryWindow& window, const Opening& opening);

// Nothing where no outline tells the way. Its `end` is that of the newest backup: when the last
// transaction ended cannot be read.
[[nodiscard]] Result<std::optional<RecoveryWindow>> window_from_outlines(
    Store& store, const ObjectNames& names, const RecoveryWindow& window,
    const std::map<std::string, BackupOutline>& outlines);

}  // namespace walden
