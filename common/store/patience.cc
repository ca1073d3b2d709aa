#include "common/store/patience.h"

#include <poll.h>

#include <algorithm>

namespace walden {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause = seconds(5);
constexpr seconds kBetweenWords{10};
constexpr int kCorruptTries = 2;

}  // namespace

Clock real_clock() {
  return {[] { return std::chrono::steady_clock::now(); },
          [](milliseconds time) { ::poll(nullptr, 0, static_cast<int>(time.count())); }};
}

Patience::Patience(seconds limit, Clock clock, Say say)
    : clock_(std::move(clock)),
      say_(std::move(say)),
      start_(clock_.now()),
      end_(start_ + limit),
      next_word_(start_),
      pause_(kFirstPause) {}

bool Patience::another_try(const Error& doubt) {
  const auto left = std::chrono::ceil<milliseconds>(end_ - clock_.now());
  if (left <= milliseconds(0)) return false;
  if (doubt.kind == ErrorKind::corrupt && corrupt_tries_++ == kCorruptTries) return false;
  speak(doubt);
  clock_.pause(std::min(pause_, left));
  pause_ = std::min(2 * pause_, kLongestPause);
  return true;
}

void Patience::speak(const Error& doubt) {
  const Clock::Time now = clock_.now();
  if (now < next_word_) return;
  next_word_ = now + kBetweenWords;
  say_(doubt, std::chrono::duration_cast<seconds>(now - start_));
}

}  // namespace walden
