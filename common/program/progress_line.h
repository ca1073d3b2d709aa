// One line of progress, as text: no terminal, no clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace walden {

struct ProgressFigures {
  std::string_view what;
  std::uint64_t bytes = 0;
  std::uint64_t total = 0;  // 0: unknown
  std::chrono::milliseconds elapsed{0};
};

// "  base     ███████░░░  66 %   271 of 412 GB   1.1 GB/s   2 min 8 s left": the bar gives way
// first where `width` columns are too few.
[[nodiscard]] std::string bar_line(const ProgressFigures& figures, int width);

// "base  66 %   271 of 412 GB   1.1 GB/s   2 min 8 s left"
[[nodiscard]] std::string plain_line(const ProgressFigures& figures);

// The first `width` columns of UTF-8 text whose characters take one column each.
[[nodiscard]] std::string clipped(std::string_view text, int width);

}  // namespace walden
