#include "tests/scenarios/observations.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

struct stat facts_of(const fs::path& path) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) throw std::runtime_error("cannot stat " + path.string());
  return facts;
}

constexpr std::string_view kProgram = "basebackup: ";

}  // namespace

std::vector<std::string> listing(const fs::path& root) {
  std::vector<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    const auto facts = facts_of(entry.path());
    lines.push_back(fmt::format("{} {:o} {} {} {}.{:09}", entry.path().string(), facts.st_mode,
                                facts.st_uid, facts.st_size, facts.st_mtim.tv_sec,
                                facts.st_mtim.tv_nsec));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string mode_of(const fs::path& path) {
  return fmt::format("{:o}", facts_of(path).st_mode & 07777U);
}

Message message_of(const Outcome& outcome) {
  Message message;
  std::istringstream text(outcome.err);
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with(kProgram)) {
      message = {.cause = line.substr(kProgram.size()), .below = {}};
    } else if (line.starts_with("  ")) {
      message.below.push_back(line.substr(2));
    }
  }
  return message;
}

}  // namespace walden::testing
