#include "basebackup/in_parallel.h"

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
  Crew(std::size_t count, const std::function<Result<>(std::size_t)>& work)
      : count_(count), work_(work) {}

  void take_turns() {
    while (!failed_) {
      const std::size_t turn = next_++;
      if (turn >= count_) return;
      auto done = caught(turn);
      if (!done) note(std::move(done).error());
    }
  }

  [[nodiscard]] Result<> outcome() {
    if (error_) return std::unexpected(std::move(*error_));
    return {};
  }

 private:
  // An exception that left a thread would end the program, with a restore half done.
  Result<> caught(std::size_t turn) {
    try {
      return work_(turn);
    } catch (const std::exception& error) {
      return fail(ErrorKind::local_io, std::string("cannot go on: ") + error.what());
    }
  }

  void note(Error error) {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    if (!error_) error_ = std::move(error);
  }

  std::size_t count_;
  const std::function<Result<>(std::size_t)>& work_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace

Result<> in_parallel(unsigned threads, std::size_t count,
                     const std::function<Result<>(std::size_t)>& work) {
  Crew crew(count, work);
  {
    std::vector<std::jthread> helpers;
    try {
      for (std::size_t i = 1; i < threads && i < count; ++i) {
        helpers.emplace_back([&crew] { crew.take_turns(); });
      }
    } catch (const std::system_error&) {
      // No more threads to be had: those that are there do the work.
    }
    crew.take_turns();
  }
  return crew.outcome();
}

}  // namespace walden
