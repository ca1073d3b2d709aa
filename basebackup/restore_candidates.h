// The backups that a restore can start from.
#pragma once

#include <string>
#include <vector>

#include "basebackup/catalog.h"
#include "basebackup/replay.h"
#include "basebackup/restore_timeline.h"

namespace walden {

struct Candidates {
  std::vector<Candidate> newest_first;  // at least one
  std::vector<BackupSummary> readable;  // those of other timelines too
  std::vector<std::string> warnings;    // sentences about backups that were passed over
};

// `wanted`: a backup's id or a part of it, and then that one alone; empty: all that lie on the way
// to the chosen timeline and can be opened. Without any: the reason of the newest.
[[nodiscard]] Result<Candidates> find_candidates(Store& store, const ObjectNames& names,
                                                 const Opening& opening, TimelineChooser& timelines,
                                                 const std::string& wanted);

}  // namespace walden
