#include "basebackup/drill_timeline.h"

#include <fmt/format.h>

#include <algorithm>

#include "basebackup/drill_words.h"
#include "basebackup/html_text.h"
#include "common/program/human.h"

namespace walden {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double kWidth = 920;
constexpr double kLeft = 20;
constexpr double kRight = 900;
constexpr double kThin = 3;  // the least that can be seen

// A stretch of something on the page's width.
class Scale {
 public:
  Scale(double begin, double end) : begin_(begin), span_(std::max(end - begin, 1.0)) {}
  [[nodiscard]] double x(double value) const {
    return kLeft + (kRight - kLeft) * std::clamp((value - begin_) / span_, 0.0, 1.0);
  }

 private:
  double begin_;
  double span_;
};

std::string open(std::string_view title, double height) {
  return fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", kWidth, height,
                     html_text(title));
}

std::string bar(std::string_view kind, double from, double to, double y, double height) {
  return fmt::format(
      "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" "
      "rx=\"2\"/>\n",
      kind, from, y, std::max(to - from, kThin), height);
}

std::string line(std::string_view kind, double x, double from, double to) {
  return fmt::format(
      "<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", kind, x,
      from, x, to);
}

// Near an edge the words grow inwards.
std::string words(double x, double y, std::string_view text, std::string_view kind = "") {
  const char* const anchor = x < kWidth * 0.2 ? "start" : x > kWidth * 0.8 ? "end" : "middle";
  return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n",
                     kind, x, y, anchor, html_text(text));
}

double of(Instant time) {
  return static_cast<double>(time.microseconds) / 1e6;
}

// Which is the moment that recovery was to reach, or did.
std::optional<Instant> reached(const DrillReport& report) {
  return report.target_time ? report.target_time : report.last_commit;
}

}  // namespace

std::string history_picture(const DrillReport& report) {
  if (!report.backup) return {};
  const DrilledBackup& backup = *report.backup;
  const Scale scale(of(backup.started), of(report.begun));
  const double started = scale.x(of(backup.started));
  const double stopped = scale.x(of(backup.stopped));
  const double begun = scale.x(of(report.begun));
  constexpr double kBar = 60;
  constexpr double kBarHeight = 22;
  std::string svg = open("What was restored, on the calendar", 150);
  if (report.rpo_objective && !report.target_time) {
    const double from =
        scale.x(of(report.begun) - static_cast<double>(report.rpo_objective->count()));
    svg += bar("allowed", from, begun, kBar - 8, kBarHeight + 16);
    svg += words(begun, kBar - 30, "may be lost: " + human_duration(*report.rpo_objective));
  }
  const auto moment = reached(report);
  const double end = moment ? scale.x(of(*moment)) : stopped;
  svg += bar("wal", stopped, std::max(end, stopped), kBar + 6, kBarHeight - 12);
  svg += bar("backup", started, stopped, kBar, kBarHeight);
  svg += words(started, kBar - 30, "backup " + backup.id, "strong");
  svg += words(started, kBar + kBarHeight + 30, utc_time(backup.started) + " UTC");
  svg += line("now", begun, kBar - 14, kBar + kBarHeight + 14);
  svg += words(begun, kBar + kBarHeight + 30, "drill " + utc_time(report.begun) + " UTC");
  if (moment) {
    svg += line("target", end, kBar - 14, kBar + kBarHeight + 14);
    const std::string name = report.target_time ? "target" : "newest transaction";
    svg += words(end, kBar + kBarHeight + 54, fmt::format("{} {} UTC", name, utc_time(*moment)),
                 "strong");
  }
  return svg + "</svg>\n";
}

std::string duration_picture(const DrillReport& report) {
  struct Phase {
    std::string_view name;
    std::optional<milliseconds> time;
  };
  const Phase phases[] = {{"plan", report.times.plan},
                          {"restore", report.times.restore},
                          {"recovery", report.times.recovery},
                          {"checks", report.times.checks}};
  milliseconds total{0};
  for (const auto& phase : phases) total += phase.time.value_or(milliseconds(0));
  if (total.count() == 0) return {};
  double end = static_cast<double>(total.count());
  const bool judged = report.rto_objective.has_value();
  const double objective =
      judged ? static_cast<double>(milliseconds(*report.rto_objective).count()) : 0;
  end = std::max(end, objective) * 1.02;
  const Scale scale(0, end);
  constexpr double kTop = 34;
  constexpr double kRow = 30;
  std::string svg = open("How long it took", kTop + 4 * kRow + 26);
  double at = 0;
  double y = kTop;
  for (const auto& phase : phases) {
    if (!phase.time) continue;
    const auto length = static_cast<double>(phase.time->count());
    svg += bar(phase.name, scale.x(at), scale.x(at + length), y, kRow - 10);
    const std::string label = fmt::format("{} {}", phase.name, drill_duration(*phase.time));
    const double after = scale.x(at + length) + 8;
    const bool room = after < kWidth * 0.75;
    svg += fmt::format("<text class=\"\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n",
                       room ? after : std::max(scale.x(at) - 8, kLeft), y + kRow - 16,
                       room || at == 0 ? "start" : "end", html_text(label));
    at += length;
    y += kRow;
  }
  if (report.rto) {
    const double x = scale.x(static_cast<double>(report.rto->count()));
    svg += line("reached", x, kTop - 4, y);
    svg += words(x, y + 18, "open for writing: " + drill_duration(*report.rto), "strong");
  }
  if (judged) {
    svg += line("objective", scale.x(objective), kTop - 12, y);
    svg += words(scale.x(objective), kTop - 18,
                 "objective " + human_duration(*report.rto_objective), "strong");
  }
  return svg + "</svg>\n";
}

}  // namespace walden
