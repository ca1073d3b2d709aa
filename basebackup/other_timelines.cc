#include "basebackup/other_timelines.h"

#include <algorithm>
#include <ranges>
#include <set>

#include "basebackup/wal_events.h"

namespace walden {
namespace {

constexpr std::size_t kMostTimelines = 4;
constexpr std::uint64_t kMostSegments =
    64;  // a timeline left behind is short, or its end is enough

// Where `other` and `chosen` part.
Lsn parting(const TimelineHistory& other, const TimelineHistory& chosen) {
  const auto part =
      std::ranges::find(chosen.parts(), other.timeline(), &TimelineHistory::Part::timeline);
  return part != chosen.parts().end() ? part->end : other.parts().back().begin;
}

// The oldest one that recovery could start from.
const BackupSummary* backup_for(const std::vector<BackupSummary>& backups,
                                const TimelineHistory& history) {
  const BackupSummary* oldest = nullptr;
  for (const auto& backup : backups) {
    if (!history.passes_through(backup.timeline, backup.stop)) continue;
    if (oldest == nullptr || backup.stop < oldest->stop) oldest = &backup;
  }
  return oldest;
}

class OtherTimelines {
 public:
  OtherTimelines(WalArchive& archive, const Opening& opening, const TimelineHistory& chosen,
                 const std::atomic<bool>& cancel)
      : archive_(archive), opening_(opening), chosen_(chosen), cancel_(cancel) {}

  Result<std::optional<OtherTimeline>> look_at(const TimelineHistory& history,
                                               const BackupSummary& backup) {
    const Lsn fork = parting(history, chosen_);
    const SegmentNumber begin = segment_of(fork, backup.segment_size);
    const auto range = TRY(own_range(history, begin, backup.segment_size));
    if (!range) return std::nullopt;
    WalEvents events(archive_, history, opening_, backup.segment_size, cancel_);
    const auto newest = TRY(events.last_transaction(*range, kMostSegments));
    if (!newest || newest->lsn < fork) return std::nullopt;
    std::optional<TransactionEnd> first;
    TRY(events.visit(*range, [&](const WalEvent& event) {
      const auto* end = std::get_if<TransactionEnd>(&event);
      if (end != nullptr && end->lsn >= fork) first = *end;
      return !first;
    }));
    return OtherTimeline{history.timeline(), first.value_or(*newest), *newest, backup.stopped};
  }

 private:
  // Its segments from the parting to the first hole.
  Result<std::optional<SegmentRange>> own_range(const TimelineHistory& history, SegmentNumber begin,
                                                std::uint32_t size) {
    const auto coverage = TRY(archive_.coverage(history, begin, size));
    if (!coverage.newest || coverage.newest->timeline != history.timeline()) return std::nullopt;
    SegmentNumber last = TRY(segment_number(*coverage.newest, size));
    if (!coverage.holes.empty()) {
      const auto hole = TRY(segment_number(coverage.holes.front().first, size));
      if (hole <= begin) return std::nullopt;
      last.value = hole.value - 1;
    }
    return SegmentRange{begin, last};
  }

  WalArchive& archive_;
  const Opening& opening_;
  const TimelineHistory& chosen_;
  const std::atomic<bool>& cancel_;
};

}  // namespace

Result<std::vector<OtherTimeline>> other_timelines(WalArchive& archive, const Opening& opening,
                                                   const std::vector<BackupSummary>& backups,
                                                   const TimelineHistory& chosen,
                                                   const std::atomic<bool>& cancel) {
  const auto with_history = TRY(archive.timelines_with_history());
  std::set<Timeline> timelines(with_history.begin(), with_history.end());
  for (const auto& backup : backups) timelines.insert(backup.timeline);
  for (const auto& part : chosen.parts()) timelines.insert(part.timeline);
  timelines.erase(chosen.timeline());
  OtherTimelines others(archive, opening, chosen, cancel);
  std::vector<OtherTimeline> found;
  for (const Timeline timeline :
       timelines | std::views::reverse | std::views::take(kMostTimelines)) {
    const bool has_file = std::ranges::binary_search(with_history, timeline);
    const auto history =
        has_file ? archive.history(timeline, opening) : TimelineHistory::without_parents(timeline);
    if (!history) continue;
    const BackupSummary* backup = backup_for(backups, *history);
    if (backup == nullptr) continue;
    const auto other = others.look_at(*history, *backup);
    if (other && *other) found.push_back(**other);
  }
  std::ranges::reverse(found);
  return found;
}

}  // namespace walden
