#include "wal-fetch-worker/fetch_ahead.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <system_error>
#include <tuple>

namespace walden {

namespace fs = std::filesystem;

namespace {

// Backwards is a second look at something, not the way that recovery goes on.
bool is_further(const WalName& name, const WalName& than) {
  return std::tie(name.log, name.segment, name.timeline) >
         std::tie(than.log, than.segment, than.timeline);
}

// What is counted as under way must come to its end, whatever happens.
Result<std::uint64_t> without_exception(const FetchAhead::Fetch& fetch, const WalName& name) {
  try {
    return fetch(name);
  } catch (const std::exception& error) {
    return fail(ErrorKind::local_io,
                fmt::format("cannot fetch {}: {}", name.to_text(), error.what()));
  }
}

}  // namespace

FetchAhead::FetchAhead(const PrefetchArea& area, Fetch fetch, const FetchAheadLimits& limits)
    : area_(area), fetch_(std::move(fetch)), limits_(limits) {
  for (unsigned i = 0; i < limits_.threads; ++i) threads_.emplace_back([this] { work(); });
}

FetchAhead::~FetchAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void FetchAhead::learn(TimelineHistory history) {
  const std::lock_guard lock(mutex_);
  order_.learn(std::move(history));
}

Result<fs::path> FetchAhead::demand(const WalName& name, std::chrono::seconds patience,
                                    const Fetch& fetch) {
  const std::string text = name.to_text();
  std::unique_lock lock(mutex_);
  note_demand();
  changed_.wait_for(lock, patience, [&] {
    const auto segment = segments_.find(text);
    return segment == segments_.end() || segment->second != State::fetching;
  });
  if (is_ready(text)) return hand_over(name);
  ++demanded_;
  lock.unlock();
  const auto size = without_exception(fetch, name);
  lock.lock();
  --demanded_;
  changed_.notify_all();
  failing_ = !size;
  if (!size) return std::unexpected(size.error());
  segment_size_ = static_cast<std::uint32_t>(*size);
  return hand_over(name);
}

void FetchAhead::let_go(const WalName& name) {
  const std::lock_guard lock(mutex_);
  const auto segment = segments_.find(name.to_text());
  if (segment != segments_.end() && segment->second == State::handed_over) drop(segment->first);
}

// All below is called with the lock.

void FetchAhead::note_demand() {
  if (last_) depth_.segment_was_read(Clock::now() - handed_over_at_);
}

bool FetchAhead::is_ready(const std::string& name) const {
  const auto segment = segments_.find(name);
  return segment != segments_.end() && segment->second == State::ready;
}

fs::path FetchAhead::hand_over(const WalName& name) {
  const std::string text = name.to_text();
  segments_[text] = State::handed_over;
  handed_over_at_ = Clock::now();
  if (!last_ || is_further(name, *last_)) plan(name);
  return area_.path_of(text);
}

std::size_t FetchAhead::depth() const {
  if (segment_size_ == 0) return 0;
  const std::uint64_t allowed = std::max<std::uint64_t>(limits_.most_bytes, segment_size_);
  const std::uint64_t room = std::min(allowed, area_.free_space() / 4) / segment_size_;
  const std::size_t most = at_end_ ? 1 : limits_.most_segments;
  return depth_.wanted(static_cast<std::size_t>(std::min<std::uint64_t>(room, most)));
}

std::vector<WalName> FetchAhead::names_after(const WalName& last) const {
  std::vector<WalName> names;
  auto name = order_.next(last, segment_size_);
  for (const std::size_t count = depth(); name && names.size() < count;) {
    names.push_back(*name);
    name = order_.next(*name, segment_size_);
  }
  return names;
}

void FetchAhead::plan(const WalName& last) {
  last_ = last;
  const auto wanted = names_after(last);
  std::vector<std::string> unwanted;
  for (const auto& [text, state] : segments_) {
    const bool is_wanted = std::ranges::any_of(
        wanted, [&text](const WalName& name) { return name.to_text() == text; });
    if (state == State::ready && !is_wanted) unwanted.push_back(text);
  }
  for (const auto& text : unwanted) drop(text);
  waiting_.clear();
  for (const auto& name : wanted) {
    if (!segments_.contains(name.to_text())) waiting_.push_back(name);
  }
  changed_.notify_all();
}

void FetchAhead::drop(const std::string& name) {
  std::error_code gone;  // taken, as it should be
  fs::remove(area_.path_of(name), gone);
  segments_.erase(name);
}

void FetchAhead::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (may_begin()) {
      fetch_next(lock);
    } else {
      changed_.wait(lock);
    }
  }
}

void FetchAhead::fetch_next(std::unique_lock<std::mutex>& lock) {
  const WalName name = waiting_.front();
  waiting_.pop_front();
  const std::string text = name.to_text();
  segments_[text] = State::fetching;
  lock.unlock();
  const auto begun = Clock::now();
  const auto size = without_exception(fetch_, name);
  const auto took = Clock::now() - begun;
  lock.lock();
  if (size) {
    depth_.segment_was_fetched(took);
    segments_[text] = State::ready;
  } else {
    segments_.erase(text);
    waiting_.clear();
    failing_ = size.error().kind != ErrorKind::absent;
  }
  const bool was_at_end = std::exchange(at_end_, !size && !failing_);
  if (was_at_end && !at_end_ && !failing_ && last_) plan(*last_);
  changed_.notify_all();
}

}  // namespace walden
