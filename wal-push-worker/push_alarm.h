// Tells somebody when segments cannot be stored: PostgreSQL only counts the failures and asks
// again, until the disk of pg_wal is full.
//
// PostgreSQL asks for the same segment again and again, from one process after the other: so that
// it fails, and since when, is remembered in a file. While there is none, a success costs nothing
// but a look at a flag (in a worker), or one stat(2).
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/alert/alert.h"
#include "common/bytes/error.h"
#include "common/bytes/instant.h"
#include "common/program/configuration.h"
#include "common/program/policy.h"

namespace walden {

class PushAlarm {
 public:
  using Say = std::function<void(const std::string& text)>;

  // Nothing where the policy names nobody to tell, or cannot be read: that must not keep a segment
  // from being stored. `patience`: for all messages of one call together, but at least 5 s for each
  // channel. `say` hears what went wrong with the alert itself.
  [[nodiscard]] static std::unique_ptr<PushAlarm> create(const Configuration& configuration,
                                                         std::chrono::milliseconds patience,
                                                         Say say);

  // A call that began at `began` has failed now. Tells it when it has been so for the policy's
  // `after`, counted from the beginning of the first call that failed.
  void failed(const std::string& file, const Error& why, Instant began);

  // A segment was stored. Tells that it is over, where somebody was told that it had begun; a
  // message that does not get through is tried again a minute later at the earliest.
  void succeeded();

 private:
  PushAlarm(AlertPolicy policy, std::string cluster, std::filesystem::path directory,
            std::chrono::milliseconds patience, Say say);
  void begin(Instant began);
  [[nodiscard]] bool is_time_to_tell_end();
  [[nodiscard]] bool tell(const std::vector<Problem>& problems);

  const AlertPolicy policy_;
  const std::string cluster_;
  const std::filesystem::path directory_;
  const std::chrono::milliseconds patience_;
  const Say say_;
  std::atomic<bool> noted_;  // there is a note: something failed, or its end is still to be told
  std::mutex mutex_;         // one call at a time has to do with the note
};

}  // namespace walden
