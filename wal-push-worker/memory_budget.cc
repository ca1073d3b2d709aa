#include "wal-push-worker/memory_budget.h"

namespace walden {

void MemoryBudget::Share::shrink(std::uint64_t bytes) {
  if (bytes >= bytes_) return;
  {
    const std::lock_guard lock(budget_.mutex_);
    budget_.held_ -= bytes_ - bytes;
    bytes_ = bytes;
  }
  budget_.given_back_.notify_all();
}

MemoryBudget::Share MemoryBudget::wait_for(std::uint64_t bytes) {
  std::unique_lock lock(mutex_);
  given_back_.wait(lock, [&] { return held_ == 0 || held_ + bytes <= limit_; });
  held_ += bytes;
  return {*this, bytes};
}

MemoryBudget::Share MemoryBudget::take(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  held_ += bytes;
  return {*this, bytes};
}

}  // namespace walden
