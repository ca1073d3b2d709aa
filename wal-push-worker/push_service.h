// wal-push as a worker: answers calls, and pushes ahead.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "common/worker/worker_server.h"
#include "wal-push-worker/memory_budget.h"
#include "wal-push-worker/push_ahead.h"
#include "wal-push-worker/push_alarm.h"
#include "wal-push-worker/push_target.h"

namespace walden {

class PushService final : public CallHandler {
 public:
  // `data_directory`: absolute; the paths in requests are below it. `alarm`: may be null.
  PushService(PushTarget target, std::filesystem::path data_directory, Notes& notes,
              std::unique_ptr<PushAlarm> alarm);

  [[nodiscard]] CallAnswer answer(const CallRequest& request, const Say& say) override;
  // Nobody waits any more: the time for alerts.
  void after(const CallAnswer& answer) override;
  [[nodiscard]] bool is_needed() override;

 private:
  struct Failure {
    std::string file;
    Error why;
    Instant began;
  };
  [[nodiscard]] Result<> push(const CallRequest& request, const Say& say);
  [[nodiscard]] Result<> push_segment(const SegmentPush& segment);

  const PushTarget target_;
  const std::filesystem::path data_directory_;
  MemoryBudget memory_;
  std::atomic<bool> refused_ = false;
  Notes& notes_;
  std::unique_ptr<PushAlarm> alarm_;
  std::mutex mutex_;                // guards what follows
  std::optional<Failure> failure_;  // of the call that was answered last
  PushAhead ahead_;                 // the last: its threads use all of the above
};

}  // namespace walden
