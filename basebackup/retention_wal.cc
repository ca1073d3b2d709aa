#include "basebackup/retention_wal.h"

#include <algorithm>
#include <limits>

namespace walden {
namespace {

constexpr WalPlace kEnd{std::numeric_limits<std::uint64_t>::max()};

class WalPlanner {
 public:
  WalPlanner(const RetentionFacts& facts, const std::vector<PlannedBackup>& in_order)
      : facts_(facts), backups_(in_order) {}

  void keep_window(const RecoveryWays& ways, Instant from) {
    for (const auto& way : ways.ways) keep_way(way);
    for (Timeline timeline = 1; timeline <= ways.unknown; ++timeline) {
      if (has_wal(timeline)) keep(timeline, {}, kEnd, "cannot be judged");
    }
    recent_from_ = from;
  }

  // Without a window: from the oldest on, on every timeline.
  void keep_all_since_oldest() {
    WalPlace oldest = kEnd;
    for (const auto& backup : backups_) {
      if (!backup.goes()) oldest = std::min(oldest, backup.facts.first);
    }
    keep_everywhere(oldest, "since the oldest backup");
  }

  void keep_backups() {
    for (const auto& backup : backups_) {
      if (backup.goes()) continue;
      const BackupFacts& facts = backup.facts;
      keep(facts.timeline, facts.first, facts.last.value_or(kEnd), "needed by " + facts.id);
    }
  }

  // A backup that is being taken needs what comes from its start on.
  void keep_unfinished(Instant since) {
    for (const auto& remains : facts_.remains) {
      if (remains.given_up || remains.timeline == 0 || remains.newest < since) continue;
      keep(remains.timeline, remains.first, kEnd, "since " + remains.id + " was begun");
    }
  }

  void keep_newest() {
    if (backups_.empty()) return keep_everywhere({}, "there is no backup");
    const BackupFacts& newest = backups_.back().facts;
    for (const Timeline timeline : timelines()) {
      if (timeline < newest.timeline) continue;
      keep(timeline, timeline == newest.timeline ? newest.first : WalPlace{}, kEnd,
           "since the newest backup");
    }
  }

  [[nodiscard]] std::vector<PlannedWal> plan() const {
    std::vector<PlannedWal> planned;
    for (const auto& run : facts_.wal) {
      if (recent_from_ && run.newest >= *recent_from_) {
        planned.push_back({run, reason_at(run.timeline, run.first, "stored within the window")});
      } else {
        split(run, planned);
      }
    }
    return planned;
  }

 private:
  struct Stretch {
    Timeline timeline = 0;
    WalPlace from;
    WalPlace to;  // included
    std::string reason;
  };

  void keep(Timeline timeline, WalPlace from, WalPlace to, const std::string& reason) {
    stretches_.push_back({timeline, from, to, reason});
  }
  void keep_everywhere(WalPlace from, const std::string& reason) {
    for (const Timeline timeline : timelines()) keep(timeline, from, kEnd, reason);
  }

  void keep_way(const RecoveryWay& way) {
    for (const auto& part : way.parts) {
      if (!way.anchor) {
        keep(part.timeline, part.from, part.to, "no backup comes before it");
        continue;
      }
      const BackupFacts& anchor = backups_[*way.anchor].facts;
      if (part.timeline < anchor.timeline) continue;
      const bool own = part.timeline == anchor.timeline;
      keep(part.timeline, own ? anchor.first : part.from, part.to, "recovery window");
    }
  }

  [[nodiscard]] std::vector<Timeline> timelines() const {
    std::vector<Timeline> found;
    for (const auto& run : facts_.wal) {
      if (found.empty() || found.back() != run.timeline) found.push_back(run.timeline);
    }
    return found;
  }
  [[nodiscard]] bool has_wal(Timeline timeline) const {
    return std::ranges::find(facts_.wal, timeline, &WalRun::timeline) != facts_.wal.end();
  }

  [[nodiscard]] std::string reason_at(Timeline timeline, WalPlace place,
                                      std::string otherwise = {}) const {
    const auto found = std::ranges::find_if(stretches_, [&](const Stretch& stretch) {
      return stretch.timeline == timeline && stretch.from <= place && place <= stretch.to;
    });
    return found == stretches_.end() ? otherwise : found->reason;
  }

  // Where a stretch begins or ends, the run is cut.
  void split(const WalRun& run, std::vector<PlannedWal>& planned) const {
    std::vector<std::uint64_t> cuts{run.first.value};
    for (const auto& stretch : stretches_) {
      if (stretch.timeline != run.timeline) continue;
      if (stretch.from > run.first && stretch.from <= run.last) cuts.push_back(stretch.from.value);
      if (stretch.to >= run.first && stretch.to < run.last) cuts.push_back(stretch.to.value + 1);
    }
    std::ranges::sort(cuts);
    const auto same = std::ranges::unique(cuts);
    cuts.erase(same.begin(), same.end());
    for (std::size_t i = 0; i < cuts.size(); ++i) {
      WalRun part = run;
      part.first = {cuts[i]};
      part.last = i + 1 < cuts.size() ? WalPlace{cuts[i + 1] - 1} : run.last;
      part.stored = run.stored / run.count() * part.count();
      planned.push_back({part, reason_at(run.timeline, part.first)});
    }
  }

  const RetentionFacts& facts_;
  const std::vector<PlannedBackup>& backups_;
  std::vector<Stretch> stretches_;  // the first that holds a segment gives its reason
  std::optional<Instant> recent_from_;
};

}  // namespace

std::vector<PlannedWal> plan_wal(const RetentionFacts& facts,
                                 const std::vector<PlannedBackup>& in_order,
                                 const RecoveryWays& ways, std::optional<Instant> window_from,
                                 Instant unfinished_since) {
  WalPlanner planner(facts, in_order);
  if (window_from) planner.keep_window(ways, *window_from);
  planner.keep_backups();
  planner.keep_unfinished(unfinished_since);
  planner.keep_newest();
  if (!window_from) planner.keep_all_since_oldest();
  return planner.plan();
}

}  // namespace walden
