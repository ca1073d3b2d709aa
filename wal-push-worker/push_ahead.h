// Pushes the segments that wait behind the one that PostgreSQL asks for, several at once, so that
// its next calls are answered at once.
//
// That a segment is durable is remembered together with what its file was then (inode, size, time),
// and said only of that very file. A failure is not remembered: PostgreSQL asks, and that push says
// why it fails; until one succeeds, nothing is pushed ahead. Nor is a segment of another timeline
// than the one asked for: its history comes first, and may be refused. Who stops asking may have
// been told not to archive here, and after 5 seconds nothing is begun any more.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/bytes/file_identity.h"
#include "common/postgres/wal_name.h"

namespace walden {

struct SegmentPush {
  WalName name;
  std::filesystem::path path;
  bool demanded = false;  // PostgreSQL waits for it
};

class PushAhead {
 public:
  using Push = std::function<Result<>(const SegmentPush& segment)>;

  // `wal`: the directory that holds the segments. `push` is called on `threads` threads and those
  // that demand().
  PushAhead(std::filesystem::path wal, Push push, unsigned threads);
  PushAhead(const PushAhead&) = delete;
  PushAhead& operator=(const PushAhead&) = delete;
  ~PushAhead();  // begins nothing any more, and waits for what has begun

  // Success only when the store has acknowledged what the file holds now. Pushes it in this thread
  // unless it has been or is being pushed.
  [[nodiscard]] Result<> demand(const WalName& name);

  // The caller that started the worker pushes this one by itself: begin with the next ones.
  void begin_behind(const WalName& name);

  // Something else was refused: nothing is pushed ahead until a segment has been pushed again.
  void hold();

 private:
  using Names = std::set<std::string>;
  using Clock = std::chrono::steady_clock;

  void work();
  [[nodiscard]] bool may_go_on() const;
  void look_for_more(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] Result<> push(const SegmentPush& segment);
  [[nodiscard]] Result<> push_and_remember(const SegmentPush& segment);
  [[nodiscard]] bool is_durable(const std::string& name) const;
  [[nodiscard]] std::filesystem::path path_of(const std::string& name) const { return wal_ / name; }

  const std::filesystem::path wal_;
  const Push push_;

  std::mutex mutex_;                  // guards all below
  std::condition_variable finished_;  // a push has ended
  // There may be work: wakes one thread, and whoever takes some wakes the next, so that an answer
  // that is known already does not compete with all of them.
  std::condition_variable work_;
  std::deque<std::string> waiting_;
  Names running_;
  std::map<std::string, FileIdentity> durable_;
  Clock::time_point next_look_;
  Clock::time_point last_demand_;
  std::string elsewhere_;  // pushed by somebody else
  Timeline timeline_ = 0;  // of the last demand
  bool look_wanted_ = false;
  bool failing_ = false;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace walden
