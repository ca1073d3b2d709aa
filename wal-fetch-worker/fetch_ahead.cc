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
  threads_.reserve(limits_.threads);
  try {
    while (threads_.size() < limits_.threads) threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // A limit of processes: those there are, or the callers' own, do it.
  }
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
  if (!size) {
    note_failure(name, size.error());
    return std::unexpected(size.error());
  }
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
  failing_ = false;
  handed_over_at_ = Clock::now();
  if (goes_on(name)) plan(name);
  before_ = name;
  return area_.path_of(text);
}

// Forwards from where it has been; or from anywhere else, step by step: a recovery reads its
// checkpoint first, and then begins at the redo point, which may be many segments before.
bool FetchAhead::goes_on(const WalName& name) const {
  if (!last_ || is_further(name, *last_)) return true;
  return before_ && segment_size_ != 0 && order_.next(*before_, segment_size_) == name;
}

void FetchAhead::note_failure(const WalName& name, const Error& error) {
  if (error.kind != ErrorKind::absent) {
    failing_ = true;
  } else if (!end_ || is_further(*end_, name)) {
    end_ = name;
  }
}

std::size_t FetchAhead::most_segments() const {
  if (segment_size_ == 0) return 0;
  const std::uint64_t allowed = std::max<std::uint64_t>(limits_.most_bytes, segment_size_);
  const std::uint64_t room = std::min(allowed, area_.free_space() / 4) / segment_size_;
  return static_cast<std::size_t>(std::min<std::uint64_t>(room, limits_.most_segments));
}

std::vector<WalName> FetchAhead::names_after(const WalName& last, std::size_t count) const {
  std::vector<WalName> names;
  auto name = order_.next(last, segment_size_);
  while (name && names.size() < count) {
    names.push_back(*name);
    name = order_.next(*name, segment_size_);
  }
  return names;
}

void FetchAhead::plan(const WalName& last) {
  last_ = last;
  const std::size_t most = most_segments();
  const auto next = names_after(last, most);
  keep_only(next);
  move_end_behind(last, next);
  waiting_.clear();
  const std::size_t depth = depth_.wanted(most);
  for (std::size_t i = 0; i < std::min(depth, next.size()); ++i) {
    // What was not there is looked for again when it is the very next.
    if (next[i] == end_ && i > 0) break;
    if (!segments_.contains(next[i].to_text())) waiting_.push_back(next[i]);
    if (next[i] == end_) break;
  }
  changed_.notify_all();
}

// What was the end has come since: the end is likely to be behind it now.
void FetchAhead::move_end_behind(const WalName& last, const std::vector<WalName>& next) {
  if (!end_ || is_further(*end_, last)) return;
  const bool came_to_it = *end_ == last;
  end_.reset();
  if (came_to_it && !next.empty()) end_ = next.front();
}

void FetchAhead::keep_only(const std::vector<WalName>& names) {
  std::vector<std::string> others;
  for (const auto& [text, state] : segments_) {
    const bool is_wanted =
        std::ranges::any_of(names, [&text](const WalName& name) { return name.to_text() == text; });
    if (state == State::ready && !is_wanted) others.push_back(text);
  }
  for (const auto& text : others) drop(text);
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
    if (end_ == name) {
      end_.reset();
      if (last_) plan(*last_);
    }
  } else {
    segments_.erase(text);
    waiting_.clear();
    note_failure(name, size.error());
  }
  changed_.notify_all();
}

}  // namespace walden
