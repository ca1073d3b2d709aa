// How much memory the pushes that are under way may hold together.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace walden {

class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t limit) : limit_(limit) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // Given back when it is destroyed, which must be before the budget is.
  class Share {
   public:
    Share(MemoryBudget& budget, std::uint64_t bytes) : budget_(budget), bytes_(bytes) {}
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    ~Share() { shrink(0); }
    void shrink(std::uint64_t bytes);  // never grows

   private:
    MemoryBudget& budget_;
    std::uint64_t bytes_;
  };

  // Waits until there is room; a share that is larger than the limit waits until it is alone.
  [[nodiscard]] Share wait_for(std::uint64_t bytes);
  // For what PostgreSQL waits for: at once, be it over the limit.
  [[nodiscard]] Share take(std::uint64_t bytes);

 private:
  const std::uint64_t limit_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  std::uint64_t held_ = 0;
};

}  // namespace walden
