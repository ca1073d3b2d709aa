#include "basebackup/recovery_ways.h"

#include <algorithm>
#include <limits>
#include <set>

namespace walden {
namespace {

constexpr WalPlace kEnd{std::numeric_limits<std::uint64_t>::max()};

class WayFinder {
 public:
  WayFinder(const RetentionFacts& facts, const std::vector<PlannedBackup>& in_order,
            const std::vector<bool>& believed, Instant from)
      : facts_(facts), backups_(in_order), believed_(believed), from_(from) {
    for (const auto& run : facts.wal) timelines_.insert(run.timeline);
    for (const auto& backup : in_order) timelines_.insert(backup.facts.timeline);
    timelines_.insert(facts.timelines.begin(), facts.timelines.end());
  }

  RecoveryWays find() {
    RecoveryWays found;
    for (const Timeline leaf : timelines_) {
      if (!in_use(leaf)) continue;
      RecoveryWay way{.leaf = leaf, .parts = parts_of(leaf), .anchor = {}};
      choose_anchor(way);
      // Without its history, only a backup of its own is surely on the way.
      if (!known(leaf) && !way.from_window) found.unknown = leaf;
      found.ways.push_back(std::move(way));
    }
    return found;
  }

 private:
  [[nodiscard]] bool in_use(Timeline timeline) const {
    if (timeline == *timelines_.rbegin()) return true;
    return std::ranges::any_of(facts_.wal,
                               [&](const WalRun& run) {
                                 return run.timeline == timeline && run.newest >= from_;
                               }) ||
           std::ranges::any_of(backups_, [&](const PlannedBackup& backup) {
             return backup.facts.timeline == timeline && backup.facts.ended() >= from_;
           });
  }

  [[nodiscard]] bool known(Timeline timeline) const {
    if (timeline == *timelines_.begin()) return true;  // whatever was before it is gone
    return facts_.segment_size != 0 && facts_.histories.contains(timeline);
  }

  [[nodiscard]] WalPlace place_of(Timeline timeline, Lsn lsn) const {
    const std::uint32_t size = facts_.segment_size;
    return WalPlace::of(segment_name(timeline, segment_of(lsn, size), size));
  }

  [[nodiscard]] std::vector<RecoveryWay::Part> parts_of(Timeline leaf) const {
    const auto history = facts_.histories.find(leaf);
    if (history == facts_.histories.end() || facts_.segment_size == 0) return {{leaf, {}, kEnd}};
    std::vector<RecoveryWay::Part> parts;
    for (const auto& part : history->second.parts()) {
      const bool last = part.timeline == leaf;
      parts.push_back({part.timeline, place_of(part.timeline, part.begin),
                       last ? kEnd : place_of(part.timeline, part.end)});
    }
    return parts;
  }

  // Not where it ends in the very segment in which the next timeline begins: that may be after it.
  static bool surely_on(const RecoveryWay& way, const BackupFacts& backup) {
    return std::ranges::any_of(way.parts, [&](const RecoveryWay::Part& part) {
      return part.timeline == backup.timeline && part.from <= backup.first &&
             (part.to == kEnd || backup.last.value_or(kEnd) < part.to);
    });
  }

  void choose_anchor(RecoveryWay& way) const {
    for (std::size_t i = 0; i < backups_.size(); ++i) {
      const BackupFacts& backup = backups_[i].facts;
      if (!surely_on(way, backup)) continue;
      if (believed_[i] && backup.complete && backup.ended() <= from_) {
        way.anchor = i;
        way.from_window = true;
      } else if (!way.anchor) {
        way.anchor = i;
      }
    }
  }

  const RetentionFacts& facts_;
  const std::vector<PlannedBackup>& backups_;
  const std::vector<bool>& believed_;
  Instant from_;
  std::set<Timeline> timelines_;
};

}  // namespace

RecoveryWays find_ways(const RetentionFacts& facts, const std::vector<PlannedBackup>& in_order,
                       const std::vector<bool>& believed, Instant from) {
  return WayFinder(facts, in_order, believed, from).find();
}

}  // namespace walden
