#include "basebackup/drill_log.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <ranges>
#include <string_view>

namespace walden {
namespace {

constexpr std::size_t kMostLines = 20;
constexpr std::size_t kMostBytes = 300;
constexpr std::streamoff kEnd = 262144;  // much of it is left out

// The text behind the word and the spaces after it; empty where the word is not there.
std::string_view behind(std::string_view line, std::string_view word) {
  const auto found = line.find(word);
  if (found == std::string_view::npos) return {};
  line.remove_prefix(found + word.size());
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line;
}

// What those hear who ask too early, as the drill does all the time.
bool is_answer_to_us(std::string_view line) {
  return line.contains("FATAL:  the database system is ") ||
         line.contains("DETAIL:  Hot standby mode is disabled");
}

}  // namespace

std::vector<std::string> end_of_log(const std::filesystem::path& log) {
  std::ifstream file(log, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(size - kEnd, 0));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (is_answer_to_us(line)) continue;
    std::ranges::replace_if(
        line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    lines.push_back(line.substr(0, kMostBytes));
  }
  if (lines.size() > kMostLines) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kMostLines));
  }
  return lines;
}

std::string reason_in_log(const std::vector<std::string>& lines) {
  for (const auto& line : std::views::reverse(lines)) {
    if (line.starts_with("wal-fetch: ")) return line;
  }
  for (const auto& line : std::views::reverse(lines)) {
    for (const std::string_view word : {"FATAL:", "PANIC:"}) {
      const auto reason = behind(line, word);
      if (!reason.empty()) return std::string(reason);
    }
  }
  return {};
}

std::vector<std::string> missing_libraries_in(const std::vector<std::string>& lines) {
  std::vector<std::string> libraries;
  for (const auto& line : lines) {
    const auto name = behind(line, "FATAL:  could not access file \"");
    const auto end = name.find('"');
    if (end != std::string_view::npos) libraries.emplace_back(name.substr(0, end));
  }
  return libraries;
}

}  // namespace walden
