// How long doubt is borne: growing pauses until a deadline, with a word to the reader now and then.
#pragma once

#include <chrono>
#include <functional>

#include "common/bytes/error.h"

namespace walden {

// Time, as something a test can turn by hand.
struct Clock {
  using Time = std::chrono::steady_clock::time_point;
  std::function<Time()> now;
  std::function<void(std::chrono::milliseconds)> pause;  // ends early when a signal comes
};
[[nodiscard]] Clock real_clock();

class Patience {
 public:
  using Say = std::function<void(const std::string& line)>;
  Patience(std::chrono::seconds limit, Clock clock, Say say);

  // To be asked after each failure. Waits (100 ms, doubling to 5 s) and says that it is worth
  // another try; false when the deadline has come, or when what is stored is corrupt again after
  // two more tries: time does not mend it. Speaks at the first doubt and every 10 s.
  [[nodiscard]] bool another_try(const Error& doubt);

 private:
  void speak(const Error& doubt);

  Clock clock_;
  Say say_;
  std::chrono::seconds limit_;
  Clock::Time start_;
  Clock::Time next_word_;
  std::chrono::milliseconds pause_;
  int corrupt_tries_ = 0;
};

}  // namespace walden
