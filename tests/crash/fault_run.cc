#include "tests/crash/fault_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "tests/support/server_user.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden::testing {
namespace {

// Without --seccomp-bpf, with which signals do not arrive.
Command below_strace(Command command, std::vector<std::string> options, const std::string& log) {
  options.insert(options.begin(), {"strace", "-f", "-q", "-o", log});
  auto place = command.argv.begin();
  // Behind what changes the user: its calls are not the program's.
  if (*place == "setpriv") place = std::next(std::ranges::find(command.argv, "--"));
  command.argv.insert(place, options.begin(), options.end());
  // Two tracers do not go together: a sanitizer's search for leaks would fail.
  command.environment["ASAN_OPTIONS"] = "detect_leaks=0";
  return command;
}

// "1234  fsync(3) = 0" of each line that tells of a call.
struct TracedCall {
  int thread = 0;
  std::string name;
};
std::vector<TracedCall> calls_in(const std::string& log) {
  std::vector<TracedCall> calls;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    TracedCall call;
    if (!(words >> call.thread >> call.name)) continue;
    const auto bracket = call.name.find('(');
    if (bracket == std::string::npos) continue;  // "<... resumed>", "+++ exited", "--- SIGCHLD"
    call.name.resize(bracket);
    calls.push_back(call);
  }
  return calls;
}

}  // namespace

std::string text_of(const Fault& fault) {
  return fmt::format("{}:{}:when={}", fault.call, fault.effect, fault.nth);
}

Command traced(Command command, const std::vector<Fault>& faults, const std::string& log) {
  std::vector<std::string> names;
  for (const auto& fault : faults) names.push_back(fault.call);
  std::vector<std::string> options = {"-e", fmt::format("trace={}", fmt::join(names, ","))};
  for (const auto& fault : faults) {
    options.insert(options.end(), {"-e", "inject=" + text_of(fault)});
  }
  return below_strace(std::move(command), std::move(options), log);
}

bool fault_was_met(const std::string& log) {
  const std::string text = read_text(log);
  return text.find("(INJECTED)") != std::string::npos ||
         text.find("+++ killed by SIGKILL") != std::string::npos;
}

FaultyRun run_with(const Command& command, const std::vector<Fault>& faults) {
  const TemporaryDirectory folder;
  give_to_server_user(folder.path());
  const std::string log = folder / "strace";
  FaultyRun run_;
  run_.outcome = run(traced(command, faults, log));
  run_.met = fault_was_met(log);
  return run_;
}

std::map<std::string, int> count_calls(const Command& command,
                                       const std::vector<std::string>& calls) {
  const TemporaryDirectory folder;
  give_to_server_user(folder.path());
  const std::string log = folder / "strace";
  const Outcome outcome =
      run(below_strace(command, {"-e", fmt::format("trace={}", fmt::join(calls, ","))}, log));
  if (outcome.exit_code != 0) throw std::runtime_error("fails without a fault: " + outcome.err);
  std::map<std::string, std::map<int, int>> by_thread;
  for (const auto& call : calls_in(read_text(log))) ++by_thread[call.name][call.thread];
  std::map<std::string, int> most;
  for (const auto& [name, threads] : by_thread) {
    for (const auto& [thread, count] : threads) most[name] = std::max(most[name], count);
  }
  return most;
}

}  // namespace walden::testing
