#include "common/store/s3_retry.h"

#include <algorithm>

namespace walden {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBase{50};
constexpr milliseconds kBaseThrottled{1000};
constexpr milliseconds kLongestPause{20'000};
constexpr milliseconds kBetweenLooks{100};  // at whether it is still wanted

}  // namespace

bool RetryBudget::take() {
  const std::scoped_lock lock(mutex_);
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void RetryBudget::give_back() {
  const std::scoped_lock lock(mutex_);
  tokens_ = std::min(kMost, tokens_ + kPerSuccess);
}

S3Retries::S3Retries(RetryBudget& budget, const Clock& clock, milliseconds patience)
    : budget_(budget), clock_(clock), patience_(patience), end_(clock.now() + patience) {}

milliseconds S3Retries::left() const {
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(end_ - clock_.now()));
}

bool S3Retries::another_try(bool throttled, std::optional<std::chrono::seconds> retry_after,
                            const std::atomic<bool>* cancel) {
  if (attempts_ >= kMostAttempts) return false;
  const milliseconds base = throttled ? kBaseThrottled : kBase;
  const milliseconds longest = std::min(kLongestPause, base * (1 << std::min(attempts_ - 1, 10)));
  milliseconds time(std::uniform_int_distribution<milliseconds::rep>(0, longest.count())(random_));
  if (retry_after) time = std::max<milliseconds>(time, *retry_after);
  if (clock_.now() + time >= end_ || !budget_.take()) return false;
  ++attempts_;
  return pause(time, cancel);
}

// False when it was cancelled.
bool S3Retries::pause(milliseconds time, const std::atomic<bool>* cancel) {
  if (cancel == nullptr) {
    clock_.pause(time);
    return true;
  }
  for (; time > milliseconds(0) && !*cancel; time -= kBetweenLooks) {
    clock_.pause(std::min(time, kBetweenLooks));
  }
  return !*cancel;
}

void S3Retries::progressed() {
  attempts_ = 1;
  end_ = clock_.now() + patience_;
}

}  // namespace walden
