#include "basebackup/in_parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace walden {
namespace {

class Crew {
 public:
  explicit Crew(const std::function<Result<bool>()>& turn) : turn_(turn) {}

  void take_turns() {
    while (!failed_) {
      auto more = caught();
      if (!more) return note(std::move(more).error());
      if (!*more) return;
    }
  }

  [[nodiscard]] Result<> outcome() {
    if (error_) return std::unexpected(std::move(*error_));
    return {};
  }

 private:
  // An exception that left a thread would end the program, with a restore half done.
  Result<bool> caught() {
    try {
      return turn_();
    } catch (const std::exception& error) {
      return fail(ErrorKind::local_io, std::string("cannot go on: ") + error.what());
    }
  }

  void note(Error error) {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    if (!error_) error_ = std::move(error);
  }

  const std::function<Result<bool>()>& turn_;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace

Result<> take_turns(unsigned threads, const std::function<Result<bool>()>& turn) {
  Crew crew(turn);
  {
    std::vector<std::jthread> helpers;
    try {
      for (unsigned i = 1; i < threads; ++i) {
        helpers.emplace_back([&crew] { crew.take_turns(); });
      }
    } catch (const std::system_error&) {
      // No more threads to be had: those that are there do the work.
    }
    crew.take_turns();
  }
  return crew.outcome();
}

Result<> in_parallel(unsigned threads, std::size_t count,
                     const std::function<Result<>(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto most = static_cast<unsigned>(std::min<std::size_t>(threads, count));
  return take_turns(most, [&]() -> Result<bool> {
    const std::size_t mine = next++;
    if (mine >= count) return false;
    TRY(work(mine));
    return true;
  });
}

}  // namespace walden
