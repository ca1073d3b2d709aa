// Starts programs as PostgreSQL does, and times them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace walden::bench {

// The program's standard output goes where our standard error goes; it cannot read from us. It gets
// SIGQUIT when this process ends. Throws std::system_error when no process can be made; a program
// that is not there is exit code 127.
[[nodiscard]] pid_t start(const std::vector<std::string>& argv);

struct Call {
  int exit_code = 0;  // of a signal: 128 and its number, as the shell says it
  std::chrono::nanoseconds took{0};
  std::uint64_t peak = 0;  // KiB: the largest of the shell, the program, and what they waited for
};

// One archive_command: through `sh -c`, with %p and %f replaced.
[[nodiscard]] Call call(const std::string& command, const std::string& segment);

// 128 and the number for a signal.
[[nodiscard]] int exit_code_of(int wait_status);

}  // namespace walden::bench
