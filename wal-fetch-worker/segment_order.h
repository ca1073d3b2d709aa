// In which order a recovery reads segments: along the timeline, and over to the next one where the
// history says that it branched off.
#pragma once

#include <cstdint>
#include <optional>

#include "common/postgres/timeline_history.h"

namespace walden {

class SegmentOrder {
 public:
  // Recovery asks for the history of each newer timeline until there is none: the newest counts.
  void learn(TimelineHistory history);

  // The segment after this one. Nothing when `segment` is impossible for this size.
  [[nodiscard]] std::optional<WalName> next(const WalName& segment,
                                            std::uint32_t segment_size) const;

 private:
  std::optional<TimelineHistory> newest_;
};

}  // namespace walden
