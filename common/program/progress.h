// Progress on standard error: a bar redrawn in place on a terminal, a line every ten seconds
// elsewhere, without control characters. Thread-safe. Never longer than the terminal is wide (100
// columns elsewhere).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace walden {

// Where progress goes and what time it is there; tests bring their own.
struct ProgressOutput {
  std::function<void(std::string_view)> write;
  std::function<std::chrono::steady_clock::time_point()> clock;
  std::function<int()> width;  // in columns, asked at every line
  bool terminal = false;

  [[nodiscard]] static ProgressOutput standard_error();
};

class Progress {
 public:
  // `what`: "base", "fetch". `total` 0: unknown, no bar and no time left.
  Progress(std::string program, std::string what, std::uint64_t total_bytes);
  Progress(std::string program, std::string what, std::uint64_t total_bytes, ProgressOutput output);
  ~Progress();  // clears the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::uint64_t bytes);
  // Replaces the bar by a sentence, for phases that count nothing: "waiting for 0000… in the
  // archive".
  void waiting(const std::string& sentence);
  // Clears the bar; elsewhere says the final figures, if it has said any before.
  void done();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] bool colours_wanted(int fd);  // a terminal, NO_COLOR unset or empty, TERM not "dumb"

}  // namespace walden
