// Progress on standard error: a bar redrawn in place on a terminal, a line every ten seconds
// elsewhere, without control characters. Thread-safe. Never longer than the terminal is wide (100
// columns elsewhere).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace walden {

class Progress {
 public:
  // `what`: "base", "fetch". `total` 0: unknown, no bar and no time left.
  Progress(std::string program, std::string what, std::uint64_t total_bytes);
  ~Progress();  // clears the bar
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add(std::uint64_t bytes);
  // Replaces the bar by a sentence, for phases that count nothing: "waiting for 0000… in the
  // archive".
  void waiting(const std::string& sentence);
  void done();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] bool colours_wanted(int fd);  // a terminal, NO_COLOR unset or empty, TERM not "dumb"

}  // namespace walden
