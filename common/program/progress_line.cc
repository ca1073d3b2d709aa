#include "common/program/progress_line.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/program/human.h"

namespace walden {
namespace {

constexpr int kLongestBar = 29;
constexpr int kShortestBar = 8;

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

int columns(std::string_view text) {
  return static_cast<int>(std::ranges::count_if(text, begins_character));
}

// More may arrive than was announced: files grow while they are copied.
double share(const ProgressFigures& f) {
  return std::min(1.0, static_cast<double>(f.bytes) / static_cast<double>(f.total));
}

// "271 of 412 GB", or with both units where they differ: "900 MB of 412 GB".
std::string amount(const ProgressFigures& f) {
  std::string bytes = human_size(f.bytes);
  if (f.total == 0) return bytes;
  const std::string total = human_size(std::max(f.total, f.bytes));
  const auto unit = bytes.find(' ');
  if (bytes.substr(unit) == total.substr(total.find(' '))) bytes.resize(unit);
  return fmt::format("{} of {}", bytes, total);
}

std::string time_left(const ProgressFigures& f) {
  if (f.total == 0 || f.bytes == 0 || f.bytes >= f.total) return {};
  const double seconds = static_cast<double>(f.elapsed.count()) / 1000;
  const double left = seconds * (1 / share(f) - 1);
  constexpr double kWorthSaying = 100 * 86400;
  if (left > kWorthSaying) return {};
  return fmt::format("   {} left",
                     human_duration(std::chrono::seconds(static_cast<std::int64_t>(left) + 1)));
}

std::string figures_text(const ProgressFigures& f) {
  const std::string percent =
      f.total == 0 ? "" : fmt::format("{:3} %   ", static_cast<int>(share(f) * 100));
  return fmt::format("{}{}   {}{}", percent, amount(f), human_rate(f.bytes, f.elapsed),
                     time_left(f));
}

std::string bar(double part, int length) {
  const int full = static_cast<int>(part * length);
  std::string text;
  for (int i = 0; i < length; ++i) text += i < full ? "█" : "░";
  return text;
}

}  // namespace

std::string clipped(std::string_view text, int width) {
  std::size_t end = 0;
  for (int column = 0; end < text.size(); ++end) {
    if (begins_character(text[end]) && column++ == std::max(width, 0)) break;
  }
  return std::string(text.substr(0, end));
}

std::string bar_line(const ProgressFigures& figures, int width) {
  const std::string label = fmt::format("  {:<8} ", figures.what);
  const std::string text = figures_text(figures);
  const int room = std::min(width - columns(label) - columns(text) - 1, kLongestBar);
  const bool with_bar = figures.total != 0 && room >= kShortestBar;
  return clipped(label + (with_bar ? bar(share(figures), room) + ' ' : "") + text, width);
}

std::string plain_line(const ProgressFigures& figures) {
  return fmt::format("{} {}", figures.what, figures_text(figures));
}

}  // namespace walden
