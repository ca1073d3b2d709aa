// How many segments to have ready ahead of a recovery: as many as it reads while one is fetched,
// twice over, because neither is even.
#pragma once

#include <chrono>
#include <cstddef>

namespace walden {

class PrefetchDepth {
 public:
  using Duration = std::chrono::duration<double>;

  // PostgreSQL asked again so long after it had been answered.
  void segment_was_read(Duration time) { reading_ = mean(reading_, time); }
  // The store took so long for a segment, everything included.
  void segment_was_fetched(Duration time) { fetching_ = mean(fetching_, time); }

  // 2 to `most`, or `most` if that is less.
  [[nodiscard]] std::size_t wanted(std::size_t most) const;

 private:
  [[nodiscard]] static Duration mean(Duration mean, Duration latest);

  Duration reading_{0};  // 0: not known yet
  Duration fetching_{0};
};

}  // namespace walden
