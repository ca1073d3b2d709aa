// Phrases about drills that several reports share.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace walden {

// "820 ms", "2.4 s", "4 min 12 s".
[[nodiscard]] std::string drill_duration(std::chrono::milliseconds time);
// "without amcheck": the steps that could not be asked.
[[nodiscard]] std::string without_words(const std::vector<std::string>& steps);

}  // namespace walden
