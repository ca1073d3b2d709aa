#include "wal-fetch-worker/prefetch_depth.h"

#include <algorithm>
#include <cmath>

namespace walden {
namespace {

constexpr std::size_t kLeast = 2;
constexpr double kWeightOfLatest = 0.2;
constexpr PrefetchDepth::Duration kShortest{0.0001};

}  // namespace

PrefetchDepth::Duration PrefetchDepth::mean(Duration mean, Duration latest) {
  latest = std::max(latest, kShortest);
  if (mean == Duration(0)) return latest;
  return (1 - kWeightOfLatest) * mean + kWeightOfLatest * latest;
}

std::size_t PrefetchDepth::wanted(std::size_t most) const {
  if (reading_ == Duration(0) || fetching_ == Duration(0)) return std::min(kLeast, most);
  const double read_meanwhile = std::ceil(2 * (fetching_ / reading_));
  const double depth = static_cast<double>(kLeast) + read_meanwhile;
  return depth < static_cast<double>(most) ? static_cast<std::size_t>(depth) : most;
}

}  // namespace walden
