#include "basebackup/drill_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "basebackup/check_report.h"
#include "basebackup/drill_words.h"
#include "basebackup/shell_word.h"
#include "common/program/human.h"

namespace walden {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kNameColumns = 9;  // "checksums"

std::string duration_or_dash(const std::optional<milliseconds>& time) {
  return time ? drill_duration(*time) : "-";
}

std::string verdict_of(const DrillOutline& outline, bool coloured) {
  if (outline.passed) return "passed";
  return coloured ? "\x1b[1;31mFAILED\x1b[0m" : "FAILED";
}

std::string failed_steps(const DrillOutline& outline) {
  if (!outline.failed.empty()) return fmt::format("  {}", fmt::join(outline.failed, ", "));
  return outline.without.empty() ? "" : "  " + without_words(outline.without);
}

std::string row(const ListedDrill& drill, bool coloured) {
  if (!drill.outline) return fmt::format("  {:<17}  DAMAGED  {}\n", drill.id, drill.damaged);
  const DrillOutline& outline = *drill.outline;
  const std::string target = outline.target_time ? utc_time(*outline.target_time) : "the newest";
  return fmt::format("  {:<17}  {}   {:<19}  {:<12}  {:<12}{}\n", drill.id,
                     verdict_of(outline, coloured), target, duration_or_dash(outline.rto),
                     duration_or_dash(outline.rpo), failed_steps(outline));
}

std::string due_text(const ListedDrills& listed, Instant now) {
  const auto due = next_due(listed);
  if (!due) return "No drill has passed yet. Run one: basebackup drill\n";
  const std::chrono::microseconds left(due->microseconds - now.microseconds);
  const auto apart = std::chrono::floor<seconds>(left.count() < 0 ? -left : left);
  if (left.count() < 0) {
    return fmt::format("The next drill was due {} UTC, {} ago. Run it: basebackup drill\n",
                       utc_time(*due), human_duration(apart));
  }
  return fmt::format("The next drill is due {} UTC, in {}.\n", utc_time(*due),
                     human_duration(apart));
}

}  // namespace

std::string drill_step_line(const DrillStep& step, bool coloured) {
  return fact_line(step.fact, kNameColumns, coloured);
}

std::string drill_heading(const DrillReport& report) {
  std::string text = fmt::format("Drill {}: {} to {}\n", report.id, report.cluster, report.target);
  if (report.seed) text += fmt::format("The moment was chosen by --seed {}\n", *report.seed);
  return text;
}

std::string drill_verdict(const DrillReport& report) {
  if (report.passed()) {
    const auto without = outline_of(report).without;
    return without.empty() ? "The drill passed.\n"
                           : fmt::format("The drill passed, {}.\n", without_words(without));
  }
  std::string text = fmt::format("The drill FAILED: {}.\n", human_count(report.failures(), "step"));
  if (report.server_log.empty()) return text;
  text += "The server's log ends:\n";
  for (const auto& line : report.server_log) text += "  " + line + "\n";
  return text;
}

std::string drill_report_text(const DrillReport& report, bool coloured) {
  std::string text = drill_heading(report);
  text += fmt::format("{} to {} UTC, from {} on {}\n", utc_time(report.begun),
                      utc_time(report.ended), report.store, report.host);
  for (const auto& step : report.steps) text += drill_step_line(step, coloured);
  return text + drill_verdict(report);
}

std::optional<Instant> next_due(const ListedDrills& listed) {
  for (const auto& drill : std::views::reverse(listed.drills)) {
    if (!drill.outline || !drill.outline->passed) continue;
    return Instant{drill.outline->begun.microseconds +
                   std::chrono::microseconds(listed.every).count()};
  }
  return std::nullopt;
}

std::string drills_text(const ListedDrills& listed, Instant now, bool coloured) {
  std::string text = fmt::format("{} · {} · {}\n", listed.cluster,
                                 human_count(listed.drills.size(), "drill"), listed.store);
  if (!listed.drills.empty()) {
    text += fmt::format("\n  {:<17}  {}  {:<19}  {:<12}  {:<12}\n", "drill (UTC)", "verdict",
                        "restored to", "RTO", "RPO");
  }
  for (const auto& drill : listed.drills) text += row(drill, coloured);
  text += "\n" + due_text(listed, now);
  if (!listed.drills.empty()) {
    text += fmt::format("A whole report: basebackup reports {}{}\n", listed.drills.back().id,
                        shell_arguments(listed.options));
  }
  return text;
}

}  // namespace walden
