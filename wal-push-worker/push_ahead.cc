#include "wal-push-worker/push_ahead.h"

#include <fmt/format.h>

#include <exception>
#include <system_error>

#include "wal-push-worker/ready_segments.h"

namespace walden {
namespace {

// Of ten thousand waiting segments a look takes 10 ms; so it takes a tenth of the time at most.
constexpr std::chrono::milliseconds kBetweenLooks{100};
// Who does not ask any more may have been told not to archive here.
constexpr std::chrono::seconds kStillAsking{5};
constexpr std::size_t kFarthestAhead = 64;
// For a segment that is being pushed; then it is pushed once more, beside that.
constexpr std::chrono::seconds kLongestWait{30};

}  // namespace

PushAhead::PushAhead(std::filesystem::path wal, Push push, unsigned threads,
                     std::chrono::seconds trusted)
    : wal_(std::move(wal)), push_(std::move(push)), trusted_(trusted), next_look_(Clock::now()) {
  threads_.reserve(threads);
  try {
    while (threads_.size() < threads) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // A limit of processes: those there are, or the callers' own, do it.
  }
}

PushAhead::~PushAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (auto& thread : threads_) thread.join();
}

Result<> PushAhead::demand(const WalName& name) {
  const std::string text = name.to_text();
  std::unique_lock lock(mutex_);
  look_wanted_ = true;
  last_demand_ = Clock::now();
  timeline_ = name.timeline;
  work_.notify_one();
  finished_.wait_for(lock, kLongestWait, [&] { return !running_.contains(text); });
  if (is_durable(text)) return {};
  running_.insert(text);
  lock.unlock();
  auto pushed = push({name, path_of(text), true, {}});
  lock.lock();
  last_demand_ = Clock::now();
  failing_ = false;
  if (!pushed) note_failure();
  running_.erase(text);
  finished_.notify_all();
  work_.notify_one();
  return pushed;
}

void PushAhead::hold() {
  const std::lock_guard lock(mutex_);
  note_failure();
}

// When it goes on, it may be with another store in the same place.
void PushAhead::note_failure() {
  failing_ = true;
  durable_.clear();
}

bool PushAhead::may_go_on() const {
  return !stopping_ && !failing_ && Clock::now() - last_demand_ < kStillAsking;
}

// Called with the lock. The file is looked at now: another one under the same name is another
// segment.
bool PushAhead::is_durable(const std::string& name) const {
  const auto pushed = durable_.find(name);
  if (pushed == durable_.end()) return false;
  if (Clock::now() - pushed->second.acknowledged >= trusted_) return false;
  const auto now = find_identity(path_of(name));
  return now && *now == pushed->second.file;
}

// Called without the lock. Whatever happens, it returns: a segment that stayed in running_ would be
// waited for.
Result<> PushAhead::push(const SegmentPush& segment) {
  try {
    return push_and_remember(segment);
  } catch (const std::exception& error) {
    return fail(ErrorKind::local_io,
                fmt::format("cannot push {}: {}", segment.path.native(), error.what()));
  }
}

// Remembers success only of a file that was the same before and after.
Result<> PushAhead::push_and_remember(const SegmentPush& segment) {
  const FileIdentity before = TRY(identity_of(segment.path));
  TRY(push_(segment));
  if (TRY(identity_of(segment.path)) != before) return {};
  const std::lock_guard lock(mutex_);
  durable_.insert_or_assign(segment.name.to_text(), Pushed{before, Clock::now()});
  return {};
}

void PushAhead::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty() && look_wanted_ && may_go_on() && Clock::now() >= next_look_) {
      look_for_more(lock);
      continue;
    }
    if (waiting_.empty() && look_wanted_ && may_go_on()) {
      work_.wait_until(lock, next_look_);
      continue;
    }
    if (waiting_.empty() || !may_go_on()) {
      work_.wait(lock);
      continue;
    }
    const std::string text = waiting_.front();
    waiting_.pop_front();
    const auto name = WalName::parse(text);
    if (!name || running_.contains(text) || durable_.contains(text)) continue;
    running_.insert(text);
    if (!waiting_.empty()) work_.notify_one();
    lock.unlock();
    const auto pushed = push({*name, path_of(text), false, [this] {
                                const std::lock_guard now(mutex_);
                                return may_go_on();
                              }});
    lock.lock();
    if (!pushed) failing_ = true;
    running_.erase(text);
    finished_.notify_all();
  }
}

// What is not waiting any more need not be remembered.
void PushAhead::look_for_more(std::unique_lock<std::mutex>& lock) {
  look_wanted_ = false;
  next_look_ = Clock::now() + kBetweenLooks;
  lock.unlock();
  const auto ready = ready_segments(wal_);
  lock.lock();
  if (!ready) return;  // only ahead: what PostgreSQL asks for is pushed all the same
  std::erase_if(durable_, [&](const auto& pushed) { return !ready->contains(pushed.first); });
  waiting_.clear();
  const std::string timeline = fmt::format("{:08X}", timeline_);
  for (const auto& name : *ready) {
    if (waiting_.size() == kFarthestAhead) break;
    const bool is_next = name.starts_with(timeline) && !durable_.contains(name);
    if (is_next && !running_.contains(name)) waiting_.push_back(name);
  }
}

}  // namespace walden
