#include "basebackup/believable_times.h"

#include <algorithm>

namespace walden {
namespace {

bool possible(const BackupFacts& backup, Instant now) {
  return backup.doubt.empty() && backup.started <= backup.stopped && backup.stopped <= now;
}

}  // namespace

std::vector<bool> believable_times(const std::vector<PlannedBackup>& in_order, Instant now) {
  constexpr std::size_t kNone = ~std::size_t{0};
  std::vector<std::size_t> ends;  // of the part of each length: its last backup, earliest time
  std::vector<std::size_t> before(in_order.size(), kNone);
  const auto started = [&](std::size_t i) { return in_order[i].facts.started; };
  for (std::size_t i = 0; i < in_order.size(); ++i) {
    if (!possible(in_order[i].facts, now)) continue;
    const auto place = std::ranges::upper_bound(ends, started(i), {}, started);
    if (place != ends.begin()) before[i] = *(place - 1);
    if (place == ends.end()) {
      ends.push_back(i);
    } else {
      *place = i;
    }
  }
  std::vector<bool> believed(in_order.size(), false);
  for (std::size_t i = ends.empty() ? kNone : ends.back(); i != kNone; i = before[i]) {
    believed[i] = true;
  }
  return believed;
}

}  // namespace walden
