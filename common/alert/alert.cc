#include "common/alert/alert.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "common/program/human.h"
#include "common/program/version.h"

namespace walden {
namespace {

constexpr std::size_t kLongestSubject = 150;
constexpr std::size_t kLongestSentence = 1000;

// Sentences carry what servers said: a newline would forge a header of a mail.
std::string one_line(std::string_view text, std::size_t longest) {
  std::string line;
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    line += control ? ' ' : c;
  }
  if (line.size() <= longest) return line;
  line.resize(longest - 3);
  // Not in the middle of a letter.
  while (!line.empty() && (static_cast<unsigned char>(line.back()) & 0xc0U) == 0x80U) {
    line.pop_back();
  }
  if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0xc0U) line.pop_back();
  return line + "...";
}

std::string severity(const Alert& alert) {
  if (alert.occasion == Alert::Occasion::over) return "OVER";
  return alert.problem.critical ? "CRITICAL" : "WARNING";
}

std::string lasted(const Alert& alert) {
  const auto seconds = (alert.told.microseconds - alert.since.microseconds) / 1'000'000;
  return human_duration(std::chrono::seconds(std::max<std::int64_t>(seconds, 0)));
}

std::string line(std::string_view name, std::string_view text) {
  if (text.empty()) return {};
  return fmt::format("{:<15}{}\n", name, one_line(text, kLongestSentence));
}

}  // namespace

std::string_view to_string(Alert::Occasion occasion) {
  switch (occasion) {
    case Alert::Occasion::begun:
      return "begun";
    case Alert::Occasion::still:
      return "still";
    case Alert::Occasion::over:
      return "over";
  }
  return "";
}

std::string alert_subject(const Alert& alert) {
  const Problem& problem = alert.problem;
  const std::string_view still = alert.occasion == Alert::Occasion::still ? "still: " : "";
  return one_line(fmt::format("[walden] {} {} {}: {}{}", severity(alert), alert.cluster,
                              problem.name, still, problem.what),
                  kLongestSubject);
}

std::string alert_text(const Alert& alert) {
  const Problem& problem = alert.problem;
  const bool over = alert.occasion == Alert::Occasion::over;
  std::string text = line(over ? "It is over:" : "What happened:", problem.what);
  text += line("Since:",
               fmt::format("{} UTC{}", utc_time(alert.since), local_time_in_brackets(alert.since)) +
                   (over ? fmt::format(", until {} UTC: {}", utc_time(alert.told), lasted(alert))
                         : fmt::format(", {} ago", lasted(alert))));
  if (!over) {
    text += line("It endangers:", problem.endangers);
    text += line("Run next:", problem.command);
    text += line("What to do:",
                 fmt::format("{}/runbook.md, \"Alert: {}\"", kDocumentation, problem.name));
  }
  return text + line("Cluster:", alert.cluster) + line("Seen on:", alert.host);
}

nlohmann::ordered_json alert_json(const Alert& alert) {
  const Problem& problem = alert.problem;
  return {{"text", alert_subject(alert) + "\n" + alert_text(alert)},
          {"cluster", alert.cluster},
          {"host", alert.host},
          {"name", problem.name},
          {"occasion", to_string(alert.occasion)},
          {"severity", problem.critical ? "critical" : "warning"},
          {"what", problem.what},
          {"since", iso_time(alert.since)},
          {"told", iso_time(alert.told)},
          {"endangers", problem.endangers},
          {"command", problem.command}};
}

}  // namespace walden
