// What a worker has to say while nobody asks it, its own standard error being nowhere: kept for the
// next caller, whose standard error is PostgreSQL's log.
#pragma once

#include <mutex>
#include <string>

namespace walden {

// May be used by several threads at once.
class Notes {
 public:
  // Whole lines. What was said already, and nobody has taken, is not kept twice; nor is what would
  // make a heap of them.
  void add(const std::string& lines);
  [[nodiscard]] std::string take();

 private:
  std::mutex mutex_;
  std::string kept_;
};

}  // namespace walden
