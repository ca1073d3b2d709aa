// Keeps everything that is started below this process: looks at its memory every 50 ms, ends it
// when this process is told to end, and at the end gathers what it took of the processors.
#pragma once

#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/caller/descendants.h"

namespace walden::bench {

class Keeper {
 public:
  // Takes in orphans, so that processes that detach themselves are counted too, and blocks the
  // signals that end a process. To be made before any other thread.
  Keeper();
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  // SIGINT, SIGTERM and SIGQUIT go to this child from now on, instead of ending everything.
  void pass_signals_to(pid_t child) { receiver_ = child; }

  // Ends what is left (SIGTERM, after 10 s SIGKILL), waits for it, and says what all of it took:
  // cpu_user_s, cpu_system_s, peaks_kib by name, together_kib.
  [[nodiscard]] nlohmann::json end_all();

 private:
  void keep();

  std::atomic<pid_t> receiver_ = 0;
  std::atomic<bool> over_ = false;
  std::mutex mutex_;
  Peaks peaks_;
  std::thread thread_;
};

}  // namespace walden::bench
