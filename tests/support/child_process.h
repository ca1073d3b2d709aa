// Runs a program to its end and keeps everything it said. What hangs is killed, and the test fails.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace walden::testing {

struct Outcome {
  int exit_code = -1;  // -1 when it died of a signal
  int signal = 0;
  bool timed_out = false;
  std::string out;
  std::string err;
};

struct Command {
  std::vector<std::string> argv{};                   // argv[0] is looked up in PATH
  std::filesystem::path directory{};                 // empty: the current one
  std::map<std::string, std::string> environment{};  // added to, or replacing in, the caller's
  std::string input{};                               // standard input; empty: /dev/null
  std::chrono::seconds timeout{60};
};

[[nodiscard]] Outcome run(const Command& command);

// The built program, by its absolute path: "wal-push", "wal-fetch", "basebackup".
[[nodiscard]] std::string program(const std::string& name);

// A program that runs beside the test. Killed (SIGKILL) and reaped on destruction.
class RunningProcess {
 public:
  explicit RunningProcess(const Command& command);
  RunningProcess(const RunningProcess&) = delete;
  RunningProcess& operator=(const RunningProcess&) = delete;
  ~RunningProcess();

  [[nodiscard]] int pid() const;
  void send_signal(int signal) const;
  // What it has said until now; it may still be running.
  [[nodiscard]] std::string out_so_far() const;
  [[nodiscard]] std::string err_so_far() const;
  [[nodiscard]] Outcome wait(std::chrono::seconds timeout = std::chrono::seconds(60));

 private:
  struct State;
  State* state_;
};

// Waits until `condition` holds; false when it did not within the deadline. For conditions, not for
// time.
template <class Condition>
[[nodiscard]] bool eventually(Condition condition,
                              std::chrono::milliseconds deadline = std::chrono::seconds(30));
void pause_between_looks();

template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    pause_between_looks();
  }
  return true;
}

}  // namespace walden::testing
