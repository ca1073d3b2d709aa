#include "basebackup/retention.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <tuple>

#include "basebackup/believable_times.h"
#include "basebackup/calendar.h"
#include "basebackup/keep_marks.h"
#include "basebackup/plan_difference.h"
#include "basebackup/retention_wal.h"
#include "basebackup/stored_time.h"
#include "common/program/human.h"

namespace walden {
namespace {

constexpr std::chrono::days kUnfinishedStays{7};
constexpr std::chrono::minutes kClocksDiffer{10};

Instant operator-(Instant time, std::chrono::seconds span) {
  return {time.microseconds - std::chrono::microseconds(span).count()};
}

class Planner {
 public:
  Planner(const RetentionFacts& facts, const RetentionPolicy& policy, Instant now,
          const StoredTime& time)
      : facts_(facts), policy_(policy), now_(now) {
    for (const auto& backup : facts.backups) plan_.backups.push_back({.facts = backup});
    std::ranges::sort(plan_.backups, [](const PlannedBackup& a, const PlannedBackup& b) {
      return std::tie(a.facts.timeline, a.facts.first, a.facts.started, a.facts.id) <
             std::tie(b.facts.timeline, b.facts.first, b.facts.started, b.facts.id);
    });
    plan_.as_of = time.as_of;
    plan_.marks_as_of = time.newest_but_one;
    believed_ = believable_times(plan_.backups, now);
    for (std::size_t i = 0; i < believed_.size(); ++i) plan_.backups[i].believed = believed_[i];
  }

  RetentionPlan plan() {
    if (policy_.recovery_window) plan_.window_from = plan_.as_of - *policy_.recovery_window;
    if (!policy_.configured) {
      for (auto& backup : plan_.backups) stays(backup, "no policy is set");
    }
    keep_newest();
    keep_minimum();
    keep_marked();
    keep_calendar();
    keep_window();
    keep_doubtful();
    compare_clocks();
    protect_references();
    plan_remains();
    const auto window = policy_.configured ? plan_.window_from : std::nullopt;
    plan_.wal = plan_wal(facts_, plan_.backups, ways_, window, plan_.as_of - kUnfinishedStays);
    if (!policy_.configured) keep_all_wal();
    return std::move(plan_);
  }

 private:
  static void stays(PlannedBackup& backup, const std::string& reason) {
    if (std::ranges::find(backup.reasons, reason) == backup.reasons.end()) {
      backup.reasons.push_back(reason);
    }
  }
  static bool provable(const PlannedBackup& backup) {
    return backup.facts.complete || backup.facts.with_wal;
  }

  void keep_newest() {
    if (plan_.backups.empty()) return;
    stays(plan_.backups.back(), "newest");
    const auto newest_first = std::views::reverse(plan_.backups);
    const auto found = std::ranges::find_if(newest_first, provable);
    if (found != newest_first.end() && found != newest_first.begin()) {
      stays(*found, "newest that can be restored");
    }
  }

  // Of those that can be restored; where there are too few of them, of the others too.
  void keep_minimum() {
    std::size_t left = policy_.minimum_backups;
    for (const bool wanted : {true, false}) {
      for (auto& backup : std::views::reverse(plan_.backups)) {
        if (left == 0) return;
        if (provable(backup) != wanted) continue;
        stays(backup, "minimum");
        --left;
      }
    }
  }

  void keep_marked() {
    for (auto& backup : plan_.backups) {
      const auto& mark = backup.facts.keep;
      if (mark && plan_.holds(*mark)) stays(backup, keep_text(*mark));
    }
  }

  // The newest of each period that can be restored; where none can, the newest.
  void keep_periods(Period period, std::string_view word, unsigned count) {
    unsigned found = 0;
    std::string current;
    PlannedBackup* chosen = nullptr;
    const auto choose = [&] {
      if (chosen != nullptr) stays(*chosen, fmt::format("{} {}", word, current));
      chosen = nullptr;
    };
    for (std::size_t i = plan_.backups.size(); i-- > 0;) {
      if (!believed_[i]) continue;
      PlannedBackup& backup = plan_.backups[i];
      const std::string its = period_of(backup.facts.started, period);
      if (its != current) {
        choose();
        if (found == count) return;
        ++found;
        current = its;
      }
      if (chosen == nullptr || (!provable(*chosen) && provable(backup))) chosen = &backup;
    }
    choose();
    every_rule_is_full_ = every_rule_is_full_ && found == count;
  }

  void keep_calendar() {
    keep_periods(Period::day, "day", policy_.keep.daily);
    keep_periods(Period::week, "week", policy_.keep.weekly);
    keep_periods(Period::month, "month", policy_.keep.monthly);
    keep_periods(Period::year, "year", policy_.keep.yearly);
  }

  void keep_window() {
    if (!plan_.window_from) return;
    ways_ = find_ways(facts_, plan_.backups, believed_, *plan_.window_from);
    for (std::size_t i = 0; i < plan_.backups.size(); ++i) {
      PlannedBackup& backup = plan_.backups[i];
      if (believed_[i] && backup.facts.ended() >= *plan_.window_from) {
        stays(backup, "recovery window");
      }
      if (backup.facts.timeline <= ways_.unknown) stays(backup, "cannot be judged");
    }
    for (const auto& way : ways_.ways) {
      if (way.anchor) stays(plan_.backups[*way.anchor], "recovery window begins");
      every_way_has_anchor_ = every_way_has_anchor_ && way.from_window;
    }
    if (ways_.unknown == 0) return;
    plan_.remarks.push_back(fmt::format(
        "The history of timeline {0} cannot be read here: nothing of timelines up to {0} goes. "
        "Take a backup on it, or run this with the secret key.",
        ways_.unknown));
  }

  // A backup whose time is wrong stays as long as any rule reaches back further than it, or would
  // if there were more backups.
  void keep_doubtful() {
    bool reached = !every_rule_is_full_ || !every_way_has_anchor_;
    std::size_t doubtful = 0;
    for (std::size_t i = 0; i < plan_.backups.size(); ++i) {
      PlannedBackup& backup = plan_.backups[i];
      if (!backup.facts.doubt.empty()) {
        stays(backup, "cannot be judged");
        plan_.remarks.push_back(fmt::format("{}: {}", backup.facts.id, backup.facts.doubt));
      } else if (!believed_[i] && reached) {
        stays(backup, "its time is in doubt");
        ++doubtful;
      } else if (believed_[i] && !backup.goes()) {
        reached = true;
      }
    }
    if (doubtful == 0) return;
    plan_.remarks.push_back(
        fmt::format("{} stay{}, for their times lie in the future or do not fit their places in "
                    "the log: a clock was wrong, or backups of a primary and of a standby that "
                    "lags were taken in turn.",
                    human_count(doubtful, "backup"), doubtful == 1 ? "s" : ""));
  }

  void compare_clocks() {
    std::size_t differing = 0;
    const PlannedBackup* newest = nullptr;
    for (const auto& backup : plan_.backups) {
      const BackupFacts& facts = backup.facts;
      if (!facts.doubt.empty() || !facts.last) continue;  // its id does not say when it ended
      if (facts.ended() - kClocksDiffer <= std::min(facts.stopped, facts.committed)) continue;
      ++differing;
      newest = &backup;
    }
    if (newest == nullptr) return;
    plan_.remarks.push_back(fmt::format(
        "When it ended, the database host's clock and the store's differ by more than 10 minutes "
        "for {}, the newest {}: the later time counts for the recovery window.",
        human_count(differing, "backup"), newest->facts.id));
  }

  // What refers to others: the backups that stay, and those that are being taken.
  void protect_references() {
    for (const auto& backup : plan_.backups) {
      if (backup.goes()) continue;
      refer(backup.facts.id, backup.facts.started, backup.facts.references,
            backup.facts.references_known);
    }
    for (const auto& remains : facts_.remains) {
      if (!remains.given_up) {
        refer(remains.id, remains.newest, remains.references, remains.references_known);
      }
    }
  }

  // What a backup was not told of when it was begun it cannot refer to.
  void refer(const std::string& id, Instant time, const std::vector<std::string>& references,
             bool known) {
    bool before = true;  // in the order of the log
    for (auto& other : plan_.backups) {
      if (other.facts.id == id) before = false;
      if (!other.goes() || !other.referred_by.empty()) continue;
      const bool may = !known && (before || other.facts.started <= time);
      if (may || std::ranges::find(references, other.facts.id) != references.end()) {
        other.referred_by = id;
      }
    }
    for (const auto& rest : facts_.remains) {
      const bool may = !known && rest.id < id;  // names begin with their time
      if (may || std::ranges::find(references, rest.id) != references.end()) {
        needed_remains_.emplace(rest.id, id);
      }
    }
  }

  void plan_remains() {
    for (const auto& remains : facts_.remains) {
      PlannedRemains planned{remains, false, {}};
      const auto needed = needed_remains_.find(remains.id);
      if (needed != needed_remains_.end()) {
        planned.reason = "needed by " + needed->second;
      } else if (!remains.given_up && remains.newest >= plan_.as_of - kUnfinishedStays) {
        planned.reason = "unfinished for less than 7 days";
      } else if (!policy_.configured) {
        planned.reason = "no policy is set";
      } else {
        planned.goes = true;
      }
      plan_.remains.push_back(std::move(planned));
    }
  }

  void keep_all_wal() {
    for (auto& wal : plan_.wal) {
      if (wal.goes()) wal.reason = "no policy is set";
    }
  }

  const RetentionFacts& facts_;
  const RetentionPolicy& policy_;
  Instant now_;
  RetentionPlan plan_;
  std::vector<bool> believed_;
  RecoveryWays ways_;
  bool every_rule_is_full_ = true;
  bool every_way_has_anchor_ = true;
  std::map<std::string, std::string> needed_remains_;
};

StoredTime standing_still(StoredTime time, Instant at) {
  time.as_of = std::min(time.as_of, at);
  time.newest_but_one = std::min(time.newest_but_one, at);
  return time;
}

}  // namespace

WalName WalPlace::name_on(Timeline timeline) const {
  return {.timeline = timeline,
          .log = static_cast<std::uint32_t>(value >> 32U),
          .segment = static_cast<std::uint32_t>(value)};
}

bool RetentionPlan::nothing_goes() const {
  return std::ranges::none_of(backups, &PlannedBackup::goes) &&
         std::ranges::none_of(remains, &PlannedRemains::goes) &&
         std::ranges::none_of(wal, &PlannedWal::goes);
}

bool RetentionPlan::nothing_to_do() const {
  return nothing_goes() && std::ranges::none_of(backups, [](const PlannedBackup& backup) {
           return backup.facts.given_up;
         });
}

RetentionPlan plan_retention(const RetentionFacts& facts, const RetentionPolicy& policy,
                             Instant now, std::optional<Instant> as_of_at_most) {
  const StoredTime time = stored_time(facts, now);
  const Instant as_of = std::min(as_of_at_most.value_or(time.as_of), time.as_of);
  RetentionPlan plan = Planner(facts, policy, now, standing_still(time, as_of)).plan();
  if (!time.leap || as_of <= time.leap->from) return plan;
  const StoredTime before = standing_still(time, time.leap->from);
  if (!goes_beyond(plan, Planner(facts, policy, now, before).plan())) return plan;
  plan.leap = time.leap;
  plan.remarks.push_back(fmt::format(
      "Nothing was stored from {} to {} UTC. If a clock was set wrong, more goes here than should: "
      "--confirm refuses that without --accept-time.",
      utc_time(time.leap->from), utc_time(time.leap->to)));
  return plan;
}

}  // namespace walden
