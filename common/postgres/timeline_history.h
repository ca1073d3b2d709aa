// Timeline history files (timeline.c): lines "parent<TAB>switchpoint<TAB>reason", oldest first.
#pragma once

#include <string_view>
#include <vector>

#include "common/postgres/wal_name.h"

namespace walden {

// The way from the first timeline to `timeline`: which timeline each part of the log belongs to.
class TimelineHistory {
 public:
  struct Part {
    Timeline timeline = 0;
    Lsn begin;  // 0 for the first
    Lsn end;    // where the next one begins; the maximum for the last
  };

  // Timeline 1, or any that has no history file of its own.
  [[nodiscard]] static TimelineHistory without_parents(Timeline timeline);
  // Refused as corrupt: parents that do not ascend, a parent not below `timeline`, switch points
  // that descend, lines that do not parse. Comments (#) and blank lines are passed over.
  [[nodiscard]] static Result<TimelineHistory> parse(Timeline timeline, std::string_view content);

  [[nodiscard]] Timeline timeline() const { return parts_.back().timeline; }
  [[nodiscard]] const std::vector<Part>& parts() const { return parts_; }

  [[nodiscard]] bool contains(Timeline timeline) const;
  // Is a position, reached on `timeline`, on the way to this timeline?
  [[nodiscard]] bool passes_through(Timeline timeline, Lsn position) const;
  // The timeline whose file of this segment recovery must have: the newest that begins in or before
  // it (XLogFileReadAnyTLI asks for that one first).
  [[nodiscard]] Timeline timeline_of(SegmentNumber number, std::uint32_t segment_size) const;

 private:
  std::vector<Part> parts_;
};

}  // namespace walden
