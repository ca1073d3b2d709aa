#include "basebackup/drill_target.h"

#include <algorithm>
#include <random>

namespace walden {
namespace {

struct Stretch {
  Instant begin;
  Instant end;  // included

  [[nodiscard]] std::uint64_t moments() const {
    return end < begin ? 0 : static_cast<std::uint64_t>(end.microseconds - begin.microseconds) + 1;
  }
};

// Between the holes; where a hole's edge is not known, it reaches to the window's.
std::vector<Stretch> reachable(const RecoveryWindow& window) {
  std::vector<Stretch> stretches;
  Stretch rest{*window.begin, *window.end};
  for (const auto& hole : window.holes) {
    const Instant from = hole.from.value_or(rest.begin);
    stretches.push_back({rest.begin, std::min(from, rest.end)});
    if (!hole.to) return stretches;
    rest.begin = std::max(rest.begin, *hole.to);
  }
  stretches.push_back(rest);
  return stretches;
}

}  // namespace

Result<Instant> random_moment(const RecoveryWindow& window, std::uint64_t seed) {
  std::uint64_t total = 0;
  std::vector<Stretch> stretches;
  if (window.begin) stretches = reachable(window);
  for (const auto& stretch : stretches) total += stretch.moments();
  if (total == 0) {
    return fail(ErrorKind::absent, "there is no moment that could be restored",
                "See what there is: basebackup list");
  }
  // The distributions of the standard library differ between libraries; the generator does not.
  std::uint64_t chosen = std::mt19937_64(seed)() % total;
  for (const auto& stretch : stretches) {
    if (chosen < stretch.moments()) {
      return Instant{stretch.begin.microseconds + static_cast<std::int64_t>(chosen)};
    }
    chosen -= stretch.moments();
  }
  return *window.end;
}

}  // namespace walden
