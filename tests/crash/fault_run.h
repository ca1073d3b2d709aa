// A program that strace kills, or has an error for, at one system call of its choice.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/child_process.h"

namespace walden::testing {

struct Fault {
  std::string call;    // "fsync"
  std::string effect;  // as strace's inject says it: "signal=KILL", "error=EIO"
  int nth = 1;         // of these calls, counted in each thread by itself
};
[[nodiscard]] std::string text_of(const Fault& fault);

struct FaultyRun {
  Outcome outcome;
  bool met = false;  // no: it has no nth call
};

// SIGKILL comes before the call is made: what the call before it did is there, and nothing of this
// one. Several faults hit the same run.
[[nodiscard]] FaultyRun run_with(const Command& command, const std::vector<Fault>& faults);
[[nodiscard]] inline FaultyRun run_with(const Command& command, const Fault& fault) {
  return run_with(command, std::vector<Fault>{fault});
}

// The same command below strace, for one that is to run beside the test; what strace saw goes into
// `log`.
[[nodiscard]] Command traced(Command command, const std::vector<Fault>& faults,
                             const std::string& log);
[[nodiscard]] bool fault_was_met(const std::string& log);

// How often a run without any fault makes each of `calls`: the most that one of its threads makes.
// Throws when the run fails.
[[nodiscard]] std::map<std::string, int> count_calls(const Command& command,
                                                     const std::vector<std::string>& calls);

}  // namespace walden::testing
