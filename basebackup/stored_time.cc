#include "basebackup/stored_time.h"

#include <algorithm>
#include <chrono>
#include <functional>

namespace walden {
namespace {

using std::chrono::microseconds;

constexpr microseconds kTwoDays = std::chrono::days(2);
constexpr microseconds kWeek = std::chrono::days(7);  // a weekend, and days for somebody to look
constexpr std::size_t kUsual = 3;                     // what was seen so often is no accident

microseconds between(Instant earlier, Instant later) {
  return microseconds(later.microseconds - earlier.microseconds);
}

bool follows(WalPlace next, WalPlace place) {
  if (next.value == place.value + 1) return true;
  return (next.value >> 32U) == (place.value >> 32U) + 1 && (next.value & 0xFFFFFFFFU) == 0;
}

// Only between segments that follow each other in the log: where older ones were deleted, those
// that stay lie far apart.
microseconds usual_pause(const RetentionFacts& facts) {
  std::vector<microseconds> pauses;
  for (std::size_t i = 1; i < facts.wal.size(); ++i) {
    const WalRun& before = facts.wal[i - 1];
    const WalRun& run = facts.wal[i];
    if (run.timeline != before.timeline || !follows(run.first, before.last)) continue;
    pauses.push_back(between(before.newest, run.newest));
  }
  std::ranges::sort(pauses, std::greater<>());
  if (pauses.size() < 2) return microseconds(0);
  microseconds others(0);
  for (std::size_t i = 2; i < pauses.size(); ++i) others += std::max(pauses[i], microseconds(0));
  // Two that are alike, and little besides: weekly backups of an idle server.
  const bool alike = pauses[0] <= 2 * pauses[1] && others < pauses[1];
  if (alike) return pauses[1];
  return pauses.size() < kUsual ? microseconds(0) : std::max(pauses[kUsual - 1], microseconds(0));
}

std::vector<Instant> times_of(const RetentionFacts& facts, Instant now) {
  std::vector<Instant> times;
  for (const auto& run : facts.wal) times.push_back(std::min(run.newest, now));
  for (const auto& backup : facts.backups) {
    if (backup.doubt.empty()) times.push_back(std::min(backup.committed, now));
  }
  std::ranges::sort(times);
  const auto same = std::ranges::unique(times);
  times.erase(same.begin(), same.end());
  return times;
}

}  // namespace

StoredTime stored_time(const RetentionFacts& facts, Instant now) {
  const std::vector<Instant> times = times_of(facts, now);
  if (times.empty()) return {.as_of = now, .newest_but_one = now, .leap = {}};
  StoredTime time{.as_of = times.back(), .newest_but_one = {}, .leap = {}};
  if (times.size() > 1) time.newest_but_one = times[times.size() - 2];
  const microseconds limit = std::max(kTwoDays, 2 * usual_pause(facts));
  for (std::size_t i = times.size(); i-- > 1;) {
    const microseconds since = between(times[i], times.back());
    if (since >= kWeek) break;
    const microseconds pause = between(times[i - 1], times[i]);
    if (pause > limit && since < pause) time.leap = Leap{times[i - 1], times[i]};
  }
  return time;
}

}  // namespace walden
