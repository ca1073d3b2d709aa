// wal-push as a worker: answers calls, and pushes ahead.
#pragma once

#include "common/worker/worker_server.h"
#include "wal-push-worker/memory_budget.h"
#include "wal-push-worker/push_ahead.h"
#include "wal-push-worker/push_target.h"

namespace walden {

class PushService final : public CallHandler {
 public:
  // `data_directory`: absolute; the paths in requests are below it.
  PushService(PushTarget target, std::filesystem::path data_directory, Notes& notes);

  [[nodiscard]] CallAnswer answer(const CallRequest& request, const Say& say) override;
  void after(const CallAnswer& /*answer*/) override {}
  [[nodiscard]] bool is_needed() override;

 private:
  [[nodiscard]] Result<> push(const CallRequest& request, const Say& say);
  [[nodiscard]] Result<> push_segment(const SegmentPush& segment);

  const PushTarget target_;
  const std::filesystem::path data_directory_;
  MemoryBudget memory_;
  std::atomic<bool> refused_ = false;
  Notes& notes_;
  PushAhead ahead_;  // the last: its threads use all of the above
};

}  // namespace walden
