#include "wal-fetch-worker/segment_order.h"

namespace walden {

void SegmentOrder::learn(TimelineHistory history) {
  if (newest_ && newest_->timeline() > history.timeline()) return;
  newest_ = std::move(history);
}

std::optional<WalName> SegmentOrder::next(const WalName& segment,
                                          std::uint32_t segment_size) const {
  const auto number = segment_number(segment, segment_size);
  if (!number) return std::nullopt;
  const SegmentNumber following{number->value + 1};
  const bool is_on_the_way = newest_ && newest_->contains(segment.timeline);
  const Timeline timeline =
      is_on_the_way ? newest_->timeline_of(following, segment_size) : segment.timeline;
  return segment_name(timeline, following, segment_size);
}

}  // namespace walden
