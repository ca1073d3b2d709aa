// When a request is made again: pauses with full jitter, a budget that all requests of a store
// share, and an end.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <random>

#include "common/store/patience.h"
#include "common/store/s3_fault.h"

namespace walden {

// An outage must not be answered with a storm: each retry takes a token, each success gives a part
// of one back. Safe to use from several threads.
class RetryBudget {
 public:
  [[nodiscard]] bool take();
  void give_back();

 private:
  static constexpr double kMost = 60;
  static constexpr double kPerSuccess = 0.2;
  std::mutex mutex_;
  double tokens_ = kMost;
};

// Of one operation.
class S3Retries {
 public:
  // `budget` and `clock` must outlive it. Without progress for `patience`, or after
  // kMostAttempts, there is no other try.
  S3Retries(RetryBudget& budget, const Clock& clock, std::chrono::milliseconds patience);

  // Pauses, min(20 s, base * 2^n) times a random part, base 50 ms or 1 s after throttling; at least
  // what the server asked for. False without a pause when the end would be reached first; false
  // soon after `cancel` has become true.
  [[nodiscard]] bool another_try(bool throttled,
                                 std::optional<std::chrono::seconds> retry_after = {},
                                 const std::atomic<bool>* cancel = nullptr);
  // The last attempt got further: patience and pauses begin anew.
  void progressed();

  // Of its patience; never negative.
  [[nodiscard]] std::chrono::milliseconds left() const;

  static constexpr int kMostAttempts = 15;

 private:
  [[nodiscard]] bool pause(std::chrono::milliseconds time, const std::atomic<bool>* cancel);

  RetryBudget& budget_;
  const Clock& clock_;
  std::chrono::milliseconds patience_;
  Clock::Time end_;
  int attempts_ = 1;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace walden
