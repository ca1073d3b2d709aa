// Fetches the segments that a recovery will ask for next, several at once, so that they lie there
// verified when it does.
//
// What is demanded goes first: while it is being fetched, nothing else is begun. Absence is never
// remembered: PostgreSQL asks, and is told what the store says then; but where a segment was not
// there, nothing further is looked for ahead until recovery has come to it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "wal-fetch-worker/prefetch_area.h"
#include "wal-fetch-worker/prefetch_depth.h"
#include "wal-fetch-worker/segment_order.h"

namespace walden {

struct FetchAheadLimits {
  unsigned threads = 6;
  std::size_t most_segments = 64;
  std::uint64_t most_bytes = 256U << 20U;  // in the area, but one segment in any case
};

class FetchAhead {
 public:
  // Fetches one segment into the area: its size. Several threads may call it at once.
  using Fetch = std::function<Result<std::uint64_t>(const WalName& name)>;

  // `area` must outlive it.
  FetchAhead(const PrefetchArea& area, Fetch fetch, const FetchAheadLimits& limits);
  FetchAhead(const FetchAhead&) = delete;
  FetchAhead& operator=(const FetchAhead&) = delete;
  ~FetchAhead();  // begins nothing any more, and waits for what has begun

  void learn(TimelineHistory history);

  // The file of the segment, for the caller to take. Waits `patience` for one that is being fetched
  // ahead already; otherwise `fetch` fetches it, in this thread.
  [[nodiscard]] Result<std::filesystem::path> demand(const WalName& name,
                                                     std::chrono::seconds patience,
                                                     const Fetch& fetch);
  // To be called when the one who demanded has gone, with the file or without it.
  void let_go(const WalName& name);

 private:
  using Clock = std::chrono::steady_clock;
  enum class State { fetching, ready, handed_over };

  void work();
  void fetch_next(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool may_begin() const {
    return !stopping_ && !failing_ && demanded_ == 0 && !waiting_.empty();
  }
  [[nodiscard]] bool is_ready(const std::string& name) const;
  void note_demand();
  [[nodiscard]] std::filesystem::path hand_over(const WalName& name);
  [[nodiscard]] bool goes_on(const WalName& name) const;
  void plan(const WalName& last);
  void keep_only(const std::vector<WalName>& names);
  void move_end_behind(const WalName& last, const std::vector<WalName>& next);
  void note_failure(const WalName& name, const Error& error);
  [[nodiscard]] std::size_t most_segments() const;
  [[nodiscard]] std::vector<WalName> names_after(const WalName& last, std::size_t count) const;
  void drop(const std::string& name);

  const PrefetchArea& area_;
  const Fetch fetch_;
  const FetchAheadLimits limits_;

  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  SegmentOrder order_;
  PrefetchDepth depth_;
  std::map<std::string, State> segments_;
  std::deque<WalName> waiting_;
  std::optional<WalName> last_;    // the way ahead was planned from here
  std::optional<WalName> before_;  // that was handed over
  std::uint32_t segment_size_ = 0;
  Clock::time_point handed_over_at_;
  int demanded_ = 0;
  std::optional<WalName>
      end_;  // the first that was not there when it was looked for, or may not be
  bool failing_ = false;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace walden
