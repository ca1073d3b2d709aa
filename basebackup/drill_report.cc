#include "basebackup/drill_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "basebackup/drill_words.h"
#include "common/program/human.h"

namespace walden {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Objective {
  std::string_view name;
  std::string_view measured_as;  // "until it was open for writing"
  std::string_view remedy;
};

constexpr Objective kRto = {"rto", "from the drill's beginning until it was open for writing",
                            "docs/drill.md: a missed rto"};
constexpr Objective kRpo = {"rpo", "from the newest transaction that came back to the drill",
                            "docs/drill.md: a missed rpo"};

Fact judge(const Objective& objective, std::optional<milliseconds> measured,
           std::optional<seconds> limit) {
  if (!measured && !limit) return not_asked(objective.name, "there was nothing to measure");
  if (!measured) {
    return failing(objective.name,
                   fmt::format("not shown; the objective is {}", human_duration(*limit)), "");
  }
  std::string text = fmt::format("{} {}", drill_duration(*measured), objective.measured_as);
  if (!limit) return good(objective.name, text + "; there is no objective");
  text += fmt::format("; the objective is {}", human_duration(*limit));
  if (*measured <= *limit) return good(objective.name, text);
  return failing(objective.name, text, std::string(objective.remedy));
}

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::ranges::count(names, name) == 0) names.push_back(name);
}

}  // namespace

bool DrillReport::passed() const {
  return !steps.empty() && failures() == 0;
}

std::size_t DrillReport::failures() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      steps, [](const auto& step) { return step.fact.verdict == Verdict::fail; }));
}

DrillOutline outline_of(const DrillReport& report) {
  DrillOutline outline{.id = report.id,
                       .cluster = report.cluster,
                       .system_identifier = report.system_identifier,
                       .passed = report.passed(),
                       .begun = report.begun,
                       .ended = report.ended,
                       .backup = report.backup ? report.backup->id : "",
                       .target_time = report.target_time,
                       .rto = report.rto,
                       .rpo = report.rpo,
                       .rto_objective = report.rto_objective,
                       .rpo_objective = report.rpo_objective,
                       .failed = {},
                       .without = {}};
  for (const auto& step : report.steps) {
    const std::string& name = step.fact.name;
    if (step.fact.verdict == Verdict::fail) add_once(outline.failed, name);
    const bool is_objective = name == kRto.name || name == kRpo.name;
    if (step.fact.verdict == Verdict::not_asked && !is_objective) add_once(outline.without, name);
  }
  return outline;
}

void judge_objectives(DrillReport& report) {
  const DrillTimes& times = report.times;
  if (times.plan && times.restore && times.recovery) {
    report.rto = *times.plan + *times.restore + *times.recovery;
  }
  report.steps.push_back({judge(kRto, report.rto, report.rto_objective)});
  if (report.target_time) {
    report.steps.push_back({not_asked(kRpo.name, "the target was a moment in the past")});
    return;
  }
  if (report.last_commit) {
    const std::chrono::microseconds lost(report.begun.microseconds -
                                         report.last_commit->microseconds);
    // A clock that is behind makes it negative.
    report.rpo = std::max(std::chrono::ceil<milliseconds>(lost), milliseconds(0));
  }
  report.steps.push_back({judge(kRpo, report.rpo, report.rpo_objective)});
}

std::string version_text(int server_version) {
  return fmt::format("{}.{}", server_version / 10000, server_version % 10000);
}

}  // namespace walden
