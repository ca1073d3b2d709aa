// Pushes the segments that wait behind the one that PostgreSQL asks for, several at once, so that
// its next calls are answered at once.
//
// That a segment is durable is remembered together with what its file was then (inode, size, time),
// and said only of that very file, for a minute, and not after a failure: the store may be another
// by then. A failure is not remembered: PostgreSQL asks, and that push says why it fails. Until one
// that PostgreSQL asked for has succeeded, nothing is pushed ahead: a clone of a server must not
// store the segments behind one that is refused. Nor is a segment of another timeline than the one
// asked for: its history comes first, and may be refused. Who stops asking may have been told not
// to archive here, and after 5 seconds nothing is begun any more.
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
  // Of one that is pushed ahead: to be asked after waiting for anything.
  std::function<bool()> is_wanted;
};

class PushAhead {
 public:
  using Push = std::function<Result<>(const SegmentPush& segment)>;

  // `wal`: the directory that holds the segments. `push` is called on `threads` threads, or as many
  // as can be had, and those that demand(). `trusted`: how long a success is remembered.
  PushAhead(std::filesystem::path wal, Push push, unsigned threads,
            std::chrono::seconds trusted = std::chrono::seconds(60));
  PushAhead(const PushAhead&) = delete;
  PushAhead& operator=(const PushAhead&) = delete;
  ~PushAhead();  // begins nothing any more, and waits for what has begun

  // Success only when the store has acknowledged what the file holds now. Pushes it in this thread
  // unless it has been or is being pushed.
  [[nodiscard]] Result<> demand(const WalName& name);

  // Something else was refused: nothing is pushed ahead until a segment has been pushed again.
  void hold();

 private:
  using Names = std::set<std::string>;
  using Clock = std::chrono::steady_clock;
  struct Pushed {
    FileIdentity file;
    Clock::time_point acknowledged;
  };

  void work();
  void note_failure();
  [[nodiscard]] bool may_go_on() const;
  void look_for_more(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] Result<> push(const SegmentPush& segment);
  [[nodiscard]] Result<> push_and_remember(const SegmentPush& segment);
  [[nodiscard]] bool is_durable(const std::string& name) const;
  [[nodiscard]] std::filesystem::path path_of(const std::string& name) const { return wal_ / name; }

  const std::filesystem::path wal_;
  const Push push_;
  const std::chrono::seconds trusted_;

  std::mutex mutex_;                  // guards all below
  std::condition_variable finished_;  // a push has ended
  // There may be work: wakes one thread, and whoever takes some wakes the next, so that an answer
  // that is known already does not compete with all of them.
  std::condition_variable work_;
  std::deque<std::string> waiting_;
  Names running_;
  std::map<std::string, Pushed> durable_;
  Clock::time_point next_look_;
  Clock::time_point last_demand_;
  Timeline timeline_ = 0;  // of the last demand
  bool look_wanted_ = false;
  bool failing_ = true;  // until the first success
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace walden
