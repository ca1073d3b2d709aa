// The processes that this one started, and those that they started, as /proc shows them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace walden::bench {

// Without this process itself. The ones that left their parent are among them only when this
// process takes in orphans (PR_SET_CHILD_SUBREAPER).
[[nodiscard]] std::vector<pid_t> descendants();

// The most that processes ever had in memory (VmHWM), in KiB, by the program's name (comm, 15
// characters). A process that lives for less than the pause between two looks is missed.
class Peaks {
 public:
  void look();
  [[nodiscard]] const std::map<std::string, std::uint64_t>& largest() const { return largest_; }
  // Of the processes that were alive at the same time. Shared pages count once for each.
  [[nodiscard]] std::uint64_t together() const { return together_; }

 private:
  std::map<std::string, std::uint64_t> largest_;
  std::uint64_t together_ = 0;
};

}  // namespace walden::bench
