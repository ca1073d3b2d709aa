// Thousands of random histories: whatever the clocks, timelines, gaps and references, what must
// stay does. The rules are checked by their own short definitions here, not by the planner's code.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "basebackup/calendar.h"
#include "common/program/human.h"
#include "tests/basebackup/retention_history.h"

namespace walden {
namespace {

using testing::add_wal;
using testing::at;
using testing::backup_at;
using testing::kDaySeconds;
using testing::place;
using testing::seconds_after;
using testing::wal_stays;

constexpr std::uint64_t kSegmentBytes = 16U << 20U;

struct True {  // what no clock says
  BackupFacts facts;
  std::uint64_t segment = 0;
  bool clock_wrong = false;
};

struct Stored {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  Instant time;
};

// A history as it could have come about, with the truth beside it.
class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed) {
    time_ = seconds_after(at("2019-12-20 00:00"), below(3 * 366) * kDaySeconds);
    facts_.segment_size = kSegmentBytes;
    const auto steps = 5 + below(80);
    for (std::uint64_t step = 0; step < steps; ++step) advance();
    if (below(4) == 0) leap();
    mark();
  }

  RetentionFacts facts_;
  std::vector<True> truth_;
  std::map<Timeline, std::vector<Stored>> wal_;
  Instant time_;
  bool any_clock_wrong_ = false;
  bool complete_histories_ = true;
  bool leapt_ = false;  // the store's clock and this host's are far ahead by now
  Instant true_time_;

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

 private:
  void advance() {
    archive(1 + below(12));
    const auto what = below(100);
    if (what < 70) take_backup();
    if (what >= 70 && what < 76) promote();
    if (what >= 76 && what < 80) lose_segments();
    if (what >= 80 && what < 84) facts_.remains.push_back(unfinished());
    const auto hours = below(10) == 0 ? below(24 * 40) : 12 + below(24);
    time_ = seconds_after(time_, static_cast<std::int64_t>(hours) * 3600);
  }

  // The pauses that are told at random are of 40 days at most.
  void leap() {
    if (facts_.wal.empty()) return;
    leapt_ = true;
    true_time_ = time_;
    time_ = seconds_after(time_, static_cast<std::int64_t>(90 + below(3000)) * kDaySeconds);
    for (auto segments = 1 + below(4); segments > 0; --segments) {
      archive(1);
      time_ = seconds_after(time_, static_cast<std::int64_t>(below(3600)));
    }
  }

  void archive(std::uint64_t segments) {
    wal_[timeline_].push_back({next_, next_ + segments - 1, time_});
    add_wal(facts_, timeline_, next_, next_ + segments - 1, time_);
    next_ += segments;
  }

  void take_backup() {
    const auto length = 1 + below(3);
    True backup{.facts = backup_at(time_, next_, timeline_), .segment = next_};
    backup.facts.id += "-" + std::to_string(truth_.size());
    backup.facts.last = place(next_ + length - 1);
    archive(length);
    for (const auto& earlier : truth_) {
      if (below(12) == 0) backup.facts.references.push_back(earlier.facts.id);
    }
    if (below(25) == 0) disturb_clock(backup);
    truth_.push_back(backup);
    facts_.backups.push_back(backup.facts);
  }

  void disturb_clock(True& backup) {
    backup.clock_wrong = any_clock_wrong_ = true;
    const auto step = static_cast<std::int64_t>(1 + below(3000)) * kDaySeconds;
    const Instant wrong = seconds_after(time_, below(2) == 0 ? step : -step);
    backup.facts.started = {std::max<std::int64_t>(0, wrong.microseconds)};
    backup.facts.stopped = seconds_after(backup.facts.started, 600);
  }

  // A new timeline begins a little back in the log, as a restore to an earlier moment does.
  void promote() {
    const auto back = std::min<std::uint64_t>(below(3) == 0 ? below(20) : 0, next_ - fork_ - 1);
    fork_ = next_ - back;
    parents_ += std::to_string(timeline_) + "\t" + Lsn{fork_ * kSegmentBytes}.to_text() + "\tx\n";
    ++timeline_;
    next_ = fork_;
    facts_.timelines.push_back(timeline_);
    if (below(6) == 0) {
      complete_histories_ = false;  // sealed, and no backup has told it
    } else {
      facts_.histories.insert({timeline_, TimelineHistory::parse(timeline_, parents_).value()});
    }
  }

  void lose_segments() {
    if (facts_.wal.empty()) return;
    facts_.wal.erase(facts_.wal.begin() + static_cast<std::ptrdiff_t>(below(facts_.wal.size())));
    for (auto& backup : facts_.backups) backup.complete = covered(backup);
  }

  [[nodiscard]] bool covered(const BackupFacts& backup) const {
    for (std::uint64_t at = backup.first.value; at <= backup.last->value; ++at) {
      if (std::ranges::none_of(facts_.wal, [&](const WalRun& run) {
            return run.timeline == backup.timeline && run.first.value <= at && at <= run.last.value;
          })) {
        return false;
      }
    }
    return true;
  }

  RemainsFacts unfinished() {
    return {.id = "unfinished-" + std::to_string(below(1'000'000)),
            .stored = 5,
            .newest = time_,
            .given_up = below(3) == 0};
  }

  void mark() {
    for (auto& backup : facts_.backups) {
      if (below(20) == 0) backup.keep = KeepMark{.keep = true, .until = {}, .reason = {}};
      if (below(20) == 0) {
        const auto days = static_cast<std::int64_t>(below(60));
        backup.keep = KeepMark{true, seconds_after(time_, (days - 30) * kDaySeconds), {}};
        if (leapt_) backup.keep->until = seconds_after(true_time_, (days - 30) * kDaySeconds);
      }
      if (below(40) == 0) {
        backup.references.clear();
        backup.references_known = false;
      }
    }
    for (auto& backup : facts_.backups) backup.complete = covered(backup);
    std::ranges::sort(facts_.wal, {},
                      [](const WalRun& run) { return std::pair(run.timeline, run.first); });
    std::ranges::shuffle(facts_.backups, random_);
  }

  std::mt19937_64 random_;
  Timeline timeline_ = 1;
  std::uint64_t next_ = 250;  // so that it soon crosses into another log
  std::uint64_t fork_ = 0;
  std::string parents_;
};

class RandomHistory : public ::testing::TestWithParam<int> {
 protected:
  static constexpr int kEach = 500;

  void look_at(std::uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed);
    RetentionPolicy policy{.minimum_backups = static_cast<unsigned>(1 + history.below(4)),
                           .configured = true};
    policy.keep = {static_cast<unsigned>(history.below(9)), static_cast<unsigned>(history.below(6)),
                   static_cast<unsigned>(history.below(14)),
                   static_cast<unsigned>(history.below(9))};
    if (history.below(4) != 0) {
      policy.recovery_window = std::chrono::days(history.below(40));
    }
    const Instant now = seconds_after(history.time_, static_cast<std::int64_t>(history.below(100)));
    const auto plan = plan_retention(history.facts_, policy, now);
    keeps_the_newest(plan, policy);
    keeps_what_was_marked(plan);
    keeps_what_is_referred_to(plan);
    keeps_wal_of_backups(plan);
    keeps_young_remains(plan);
    if (policy.recovery_window && sees_every_wrong_clock(history, plan))
      keeps_the_window(history, plan, seconds_after(plan.as_of, -policy.recovery_window->count()));
    if (history.leapt_) loses_nothing_by_a_leap(history, plan, policy);
    if (!history.any_clock_wrong_) keeps_the_calendar(plan, policy);
    loses_nothing_by_a_wrong_clock(history, plan, policy, now);
    is_the_same_when_done(history, plan, policy, now);
  }

  // A step that fits between the neighbours' times is one that nobody can see.
  static bool sees_every_wrong_clock(const History& history, const RetentionPlan& plan) {
    return std::ranges::all_of(plan.backups, [&](const PlannedBackup& backup) {
      const auto found = std::ranges::find(history.truth_, backup.facts.id,
                                           [](const True& truth) { return truth.facts.id; });
      return !found->clock_wrong || !backup.believed;
    });
  }

  static std::set<std::string> ids_that_stay(const RetentionPlan& plan) {
    std::set<std::string> ids;
    for (const auto& backup : plan.backups) {
      if (!backup.goes()) ids.insert(backup.facts.id);
    }
    return ids;
  }

  static void keeps_the_newest(const RetentionPlan& plan, const RetentionPolicy& policy) {
    if (plan.backups.empty()) return;
    EXPECT_FALSE(plan.backups.back().goes());
    const auto restorable = std::ranges::count_if(
        plan.backups, [](const PlannedBackup& backup) { return backup.facts.complete; });
    const auto kept = std::ranges::count_if(plan.backups, [](const PlannedBackup& backup) {
      return backup.facts.complete && !backup.goes();
    });
    EXPECT_GE(kept, std::min<std::ptrdiff_t>(restorable, policy.minimum_backups));
    EXPECT_GE(ids_that_stay(plan).size(),
              std::min<std::size_t>(plan.backups.size(), policy.minimum_backups));
    if (restorable == 0) return;
    const auto newest = std::find_if(plan.backups.rbegin(), plan.backups.rend(),
                                     [](const auto& backup) { return backup.facts.complete; });
    EXPECT_FALSE(newest->goes());
  }

  static void keeps_what_was_marked(const RetentionPlan& plan) {
    for (const auto& backup : plan.backups) {
      const auto& mark = backup.facts.keep;
      if (mark && (!mark->until || *mark->until > plan.as_of)) {
        EXPECT_FALSE(backup.goes()) << backup.facts.id;
      }
    }
  }

  static void keeps_what_is_referred_to(const RetentionPlan& plan) {
    std::set<std::string> gone;
    for (const auto& backup : plan.backups) {
      if (backup.packs_go()) gone.insert(backup.facts.id);
    }
    for (std::size_t i = 0; i < plan.backups.size(); ++i) {
      const auto& backup = plan.backups[i];
      if (backup.goes()) continue;
      for (const auto& id : backup.facts.references) EXPECT_FALSE(gone.contains(id)) << id;
      for (std::size_t j = 0; j < i && !backup.facts.references_known; ++j) {
        EXPECT_FALSE(plan.backups[j].packs_go()) << plan.backups[j].facts.id;
      }
    }
  }

  static bool goes(const RetentionPlan& plan, Timeline timeline, WalPlace where) {
    return std::ranges::any_of(plan.wal, [&](const PlannedWal& wal) {
      return wal.goes() && wal.run.timeline == timeline && wal.run.first <= where &&
             where <= wal.run.last;
    });
  }

  static void keeps_wal_of_backups(const RetentionPlan& plan) {
    for (const auto& backup : plan.backups) {
      if (backup.goes()) continue;
      EXPECT_FALSE(goes(plan, backup.facts.timeline, backup.facts.first)) << backup.facts.id;
      EXPECT_FALSE(goes(plan, backup.facts.timeline, *backup.facts.last)) << backup.facts.id;
    }
    if (plan.backups.empty()) return;
    const BackupFacts& newest = plan.backups.back().facts;
    for (const auto& wal : plan.wal) {
      const bool new_enough =
          std::pair(wal.run.timeline, wal.run.first) >= std::pair(newest.timeline, newest.first);
      if (new_enough) {
        EXPECT_FALSE(wal.goes());
      }
    }
  }

  static void keeps_young_remains(const RetentionPlan& plan) {
    for (const auto& remains : plan.remains) {
      const bool young = plan.as_of.microseconds - remains.facts.newest.microseconds <
                         7 * kDaySeconds * testing::kMicrosecondsPerSecond;
      if (young && !remains.facts.given_up) {
        EXPECT_FALSE(remains.goes) << remains.facts.id;
      }
    }
  }

  // Whatever could be restored to within the window can be afterwards: for every segment that was
  // stored in it, the way from some backup before it up to it is as whole as it was.
  static void keeps_the_window(const History& history, const RetentionPlan& plan, Instant from) {
    for (const auto& [timeline, stretches] : history.wal_) {
      const auto way = history.facts_.histories.find(timeline);
      const auto own = TimelineHistory::without_parents(timeline);
      if (timeline != 1 && way == history.facts_.histories.end()) continue;
      for (const auto& stored : stretches) {
        if (stored.time < from) continue;
        EXPECT_FALSE(goes(plan, timeline, place(stored.first)));
        stays_reachable(history, plan, way == history.facts_.histories.end() ? own : way->second,
                        stored.first);
      }
    }
  }

  static bool present(const RetentionFacts& facts, Timeline timeline, WalPlace where) {
    return std::ranges::any_of(facts.wal, [&](const WalRun& run) {
      return run.timeline == timeline && run.first <= where && where <= run.last;
    });
  }

  // From the backup's first segment to `target` along `way`: everything there; and if `plan`,
  // everything left.
  static bool leads(const History& history, const RetentionPlan* plan, const TimelineHistory& way,
                    const True& backup, std::uint64_t target) {
    const auto length = backup.facts.last->value - backup.facts.first.value;
    const std::uint64_t end = backup.segment + (length > 1000 ? 3 : length);
    if (!way.passes_through(backup.facts.timeline, Lsn{(end + 1) * kSegmentBytes - 1}))
      return false;
    if (end >= target) return false;
    for (std::uint64_t segment = backup.segment; segment <= target; ++segment) {
      const Timeline on =
          std::max(backup.facts.timeline, way.timeline_of(SegmentNumber{segment}, kSegmentBytes));
      if (!present(history.facts_, on, place(segment))) return false;
      if (plan != nullptr && goes(*plan, on, place(segment))) return false;
    }
    return true;
  }

  static void stays_reachable(const History& history, const RetentionPlan& plan,
                              const TimelineHistory& way, std::uint64_t target) {
    const auto staying = ids_that_stay(plan);
    bool before = false;
    bool after = false;
    for (const auto& backup : history.truth_) {
      // Which backups' ends lay before the moment: by true time, not by what their clocks said.
      before = before || leads(history, nullptr, way, backup, target);
      after = after ||
              (staying.contains(backup.facts.id) && leads(history, &plan, way, backup, target));
    }
    EXPECT_TRUE(after || !before) << "segment " << target << " of timeline " << way.timeline();
  }

  static void keeps_the_calendar(const RetentionPlan& plan, const RetentionPolicy& policy) {
    const std::pair<Period, unsigned> rules[] = {{Period::day, policy.keep.daily},
                                                 {Period::week, policy.keep.weekly},
                                                 {Period::month, policy.keep.monthly},
                                                 {Period::year, policy.keep.yearly}};
    for (const auto& [period, count] : rules) {
      std::map<std::string, bool, std::greater<>> kept;  // of each period, newest first
      for (const auto& backup : plan.backups) {
        kept[period_of(backup.facts.started, period)] |= !backup.goes();
      }
      unsigned seen = 0;
      for (const auto& [name, any] : kept) {
        if (seen++ < count) {
          EXPECT_TRUE(any) << name;
        }
      }
    }
  }

  // Either expire refuses the plan, or what was promised by the true time stays.
  static void loses_nothing_by_a_leap(const History& history, const RetentionPlan& plan,
                                      const RetentionPolicy& policy) {
    if (plan.leap) return;
    for (const auto& backup : plan.backups) {
      const auto& mark = backup.facts.keep;
      if (mark && (!mark->until || *mark->until > history.true_time_)) {
        EXPECT_FALSE(backup.goes()) << backup.facts.id;
      }
    }
    if (!policy.recovery_window || !sees_every_wrong_clock(history, plan)) return;
    keeps_the_window(history, plan,
                     seconds_after(history.true_time_, -policy.recovery_window->count()));
  }

  // With the clock right, no backup stays that goes when it was wrong.
  static void loses_nothing_by_a_wrong_clock(const History& history, const RetentionPlan& plan,
                                             const RetentionPolicy& policy, Instant now) {
    const auto wrong = std::ranges::count_if(history.truth_, &True::clock_wrong);
    if (wrong != 1 || history.facts_.backups.size() < 4) return;
    RetentionFacts right = history.facts_;
    for (auto& backup : right.backups) {
      backup.started = seconds_after(backup.committed, -601);
      backup.stopped = seconds_after(backup.committed, -1);
    }
    if (!sees_every_wrong_clock(history, plan)) return;
    const auto without = ids_that_stay(plan);
    for (const auto& id : ids_that_stay(plan_retention(right, policy, now))) {
      EXPECT_TRUE(without.contains(id)) << id;
    }
  }

  // Carried out, it leaves nothing for the next run but what was in doubt.
  static void is_the_same_when_done(const History& history, const RetentionPlan& plan,
                                    const RetentionPolicy& policy, Instant now) {
    RetentionFacts after = history.facts_;
    const auto staying = ids_that_stay(plan);
    std::erase_if(after.backups, [&](const auto& backup) { return !staying.contains(backup.id); });
    after.remains.clear();
    after.wal.clear();
    for (const auto& wal : plan.wal) {
      if (!wal.goes()) after.wal.push_back(wal.run);
    }
    const auto again = ids_that_stay(plan_retention(after, policy, now));
    EXPECT_TRUE(std::ranges::includes(staying, again));
    if (!history.any_clock_wrong_) {
      EXPECT_EQ(again, staying);
    }
  }
};

TEST_P(RandomHistory, KeepsWhatMustStay) {
  for (int i = 0; i < kEach && !HasFailure(); ++i) {
    look_at(static_cast<std::uint64_t>(GetParam()) * kEach + static_cast<std::uint64_t>(i));
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistory, ::testing::Range(0, 8));

}  // namespace
}  // namespace walden
