// May the server be asked for only the blocks that have changed since the earlier backup?
//
// It compares nothing but the summaries of its own WAL from that backup's start to its own. What
// changed a page without WAL, or on another branch of the log, they do not know: its pages of the
// earlier backup would be taken for the server's. Digests of what was sent are safe in all of these
// cases, and go on being compared.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "basebackup/manifest.h"
#include "basebackup/server_facts.h"
#include "common/postgres/timeline_history.h"

namespace walden {

// Why not, in one clause; nothing where it may. `data_checksums` as the server had it at the
// earlier backup, empty where that is not known; `history` of the server's timeline now, where
// there is one.
[[nodiscard]] std::string why_all_blocks(const BackupSummary& earlier,
                                         const std::string& data_checksums,
                                         const ServerFacts& server,
                                         const std::optional<TimelineHistory>& history);

// May this file of the earlier backup be built on? What is not named to the server it sends whole.
[[nodiscard]] bool may_come_as_blocks(std::string_view path);

}  // namespace walden
