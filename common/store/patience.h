// How long doubt is borne: growing pauses until a deadline, with a word to the reader now and then.
#pragma once

#include <chrono>
#include <functional>

#include "common/bytes/error.h"

namespace walden {

// Time, as something that a test can turn by hand.
struct Clock {
  using Time = std::chrono::steady_clock::time_point;
  std::function<Time()> now;
  std::function<void(std::chrono::milliseconds)> pause;  // may end early, at a signal
};
[[nodiscard]] Clock real_clock();

class Patience {
 public:
  using Say = std::function<void(const Error& doubt, std::chrono::seconds passed)>;
  // `say` is called at the first doubt and then every 10 s at most.
  Patience(std::chrono::seconds limit, Clock clock, Say say);

  // To be asked after each failure. Waits (100 ms, doubling to 5 s, never past the limit) and says
  // that it is worth another try; false when the limit has been reached, or when what is stored was
  // corrupt at two more tries: time does not mend it.
  [[nodiscard]] bool another_try(const Error& doubt);

 private:
  void speak(const Error& doubt);

  Clock clock_;
  Say say_;
  Clock::Time start_;
  Clock::Time end_;
  Clock::Time next_word_;
  std::chrono::milliseconds pause_;
  int corrupt_tries_ = 0;
};

}  // namespace walden
