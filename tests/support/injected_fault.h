// Faults at a chosen system call, by strace: a full disk, a crash, a signal at the worst moment.
#pragma once

#include <string>

#include "tests/support/child_process.h"

namespace walden::testing {

// `fault` as in strace's inject: "write:error=ENOSPC:when=1", "fsync:signal=KILL:when=2".
[[nodiscard]] inline Command with_fault(Command command, const std::string& fault) {
  const std::string call = fault.substr(0, fault.find(':'));
  const std::vector<std::string> strace = {
      "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", "inject=" + fault};
  command.argv.insert(command.argv.begin(), strace.begin(), strace.end());
  // A worker outlives the call that starts it, and strace would wait for it.
  command.environment["WALDEN_WORKER"] = "off";
  // Two tracers do not go together: a sanitizer's search for leaks would fail.
  command.environment["ASAN_OPTIONS"] = "detect_leaks=0";
  return command;
}

// The address sanitizer writes into a pipe of its own to try out addresses: with it, a fault at the
// first write(2) hits the sanitizer.
#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kWritesAreOurs = false;
#else
inline constexpr bool kWritesAreOurs = true;
#endif

[[nodiscard]] inline bool faults_can_be_injected() {
  Command command;
  command.argv = {"true"};
  return run(with_fault(command, "getpid:error=ENOSYS")).exit_code == 0;
}

}  // namespace walden::testing
