// How long something took, as drills tell it.
#pragma once

#include <chrono>
#include <string>

namespace walden {

// "820 ms", "2.4 s", "4 min 12 s".
[[nodiscard]] std::string drill_duration(std::chrono::milliseconds time);

}  // namespace walden
