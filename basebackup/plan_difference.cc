#include "basebackup/plan_difference.h"

#include <algorithm>
#include <set>
#include <utility>

namespace walden {
namespace {

struct Gone {
  std::set<std::string> backups;
  std::set<std::string> packs;  // of backups and of remains
  std::map<std::pair<Timeline, WalPlace>, WalPlace> wal;
};

Gone gone_of(const RetentionPlan& plan) {
  Gone gone;
  for (const auto& backup : plan.backups) {
    if (backup.goes()) gone.backups.insert(backup.facts.id);
    if (backup.packs_go()) gone.packs.insert(backup.facts.id);
  }
  for (const auto& remains : plan.remains) {
    if (remains.goes) gone.packs.insert(remains.facts.id);
  }
  for (const auto& wal : plan.wal) {
    if (!wal.goes()) continue;
    WalPlace& last = gone.wal[{wal.run.timeline, wal.run.first}];
    last = std::max(last, wal.run.last);
  }
  return gone;
}

// The runs may be cut at other places.
bool covers(const Gone& gone, Timeline timeline, WalPlace first, WalPlace last) {
  while (first <= last) {
    auto run = gone.wal.upper_bound({timeline, first});
    if (run == gone.wal.begin()) return false;
    --run;
    if (run->first.first != timeline || run->second < first) return false;
    first = {run->second.value + 1};
  }
  return true;
}

}  // namespace

bool goes_beyond(const RetentionPlan& plan, const RetentionPlan& other) {
  const Gone more = gone_of(plan);
  const Gone less = gone_of(other);
  return !std::ranges::includes(less.backups, more.backups) ||
         !std::ranges::includes(less.packs, more.packs) ||
         std::ranges::any_of(more.wal, [&](const auto& run) {
           return !covers(less, run.first.first, run.first.second, run.second);
         });
}

}  // namespace walden
