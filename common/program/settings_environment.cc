#include "common/program/settings_environment.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace walden {
namespace {

constexpr std::string_view kPrefix = "WALDEN_";
constexpr std::string_view kConfig = "WALDEN_CONFIG";
// Not settings: where workers listen, which front ends must know without reading any; the tests'
// and the benchmark's own.
constexpr std::array<std::string_view, 3> kOthers{"WALDEN_WORKER_DIRECTORY", "WALDEN_PG_BIN",
                                                  "WALDEN_BENCH_WAL"};
constexpr std::string_view kOthersPrefix = "WALDEN_TEST_";

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\n") - first + 1));
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (auto part = trimmed(text.substr(0, comma)); !part.empty()) parts.push_back(std::move(part));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return parts;
}

Result<> refuse_unknown_variables() {
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    const bool known = name == kConfig || name.starts_with(kOthersPrefix) ||
                       std::ranges::find(kOthers, name) != kOthers.end() ||
                       std::ranges::find(settings(), name, &Setting::variable) != settings().end();
    if (!name.starts_with(kPrefix) || known) continue;
    return fail(ErrorKind::configuration, fmt::format("unknown variable {}", name),
                "Variables are WALDEN_CONFIG and WALDEN_ with a setting's name, such as "
                "WALDEN_RECIPIENTS.");
  }
  return {};
}

}  // namespace

Result<GivenValues> read_settings_environment(const std::filesystem::path& directory) {
  TRY(refuse_unknown_variables());
  GivenValues values;
  for (const Setting& setting : settings()) {
    const char* text = std::getenv(std::string(setting.variable).c_str());
    if (text == nullptr || text[0] == '\0') continue;
    GivenValue given{{}, std::string(setting.variable), GivenValue::From::environment};
    if (setting.kind == SettingKind::list) {
      given.values = split_at_commas(text);
    } else {
      given.values = {resolved(setting, text, directory)};
    }
    values.emplace(setting.key, std::move(given));
  }
  return values;
}

std::string config_variable() {
  const char* path = std::getenv(std::string(kConfig).c_str());
  return path == nullptr ? std::string() : path;
}

}  // namespace walden
