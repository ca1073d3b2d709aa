#include "basebackup/drill_words.h"

#include <fmt/format.h>

#include "common/program/human.h"

namespace walden {

std::string drill_duration(std::chrono::milliseconds time) {
  using std::chrono::seconds;
  if (time < seconds(1)) return fmt::format("{} ms", time.count());
  if (time < seconds(10)) return fmt::format("{:.1f} s", static_cast<double>(time.count()) / 1000);
  return human_duration(std::chrono::round<seconds>(time));
}

std::string without_words(const std::vector<std::string>& steps) {
  return fmt::format("without {}", fmt::join(steps, ", "));
}

}  // namespace walden
