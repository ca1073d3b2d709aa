// The WAL of an archive, as listings show it.
#pragma once

#include <vector>

#include "basebackup/retention.h"
#include "common/archive/object_names.h"
#include "common/store/store.h"

namespace walden {

struct WalSurvey {
  std::vector<WalRun> runs;         // by timeline and place
  std::vector<Timeline> histories;  // ascending
  bool long_segments = false;       // numbers above FF: segments of less than 16 MB
};

// One pass over the listing. Memory: one run for each second in which something was stored; when
// these become too many, one for each hour of archiving, log, and hole.
[[nodiscard]] Result<WalSurvey> survey_wal(Store& store, const ObjectNames& names);

// Is every segment from `first` to `last` there?
[[nodiscard]] bool covers(const std::vector<WalRun>& runs, Timeline timeline, SegmentNumber first,
                          SegmentNumber last, std::uint32_t segment_size);

}  // namespace walden
