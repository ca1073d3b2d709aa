#include "basebackup/expire_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "basebackup/shell_word.h"
#include "common/program/human.h"

namespace walden {
namespace {

constexpr std::size_t kReasonColumns = 48;
constexpr std::size_t kMostRows = 60;  // ten years of daily backups are no reading

struct Sum {
  std::uint64_t backups = 0;
  std::uint64_t remains = 0;
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
};

Sum sum_of(const RetentionPlan& plan, bool going) {
  Sum sum;
  for (const auto& backup : plan.backups) {
    if (backup.goes() == going) ++sum.backups;
    if (backup.packs_go() == going) sum.bytes += backup.facts.stored;
  }
  for (const auto& remains : plan.remains) {
    if (remains.goes != going) continue;
    ++sum.remains;
    sum.bytes += remains.facts.stored;
  }
  for (const auto& wal : plan.wal) {
    if (wal.goes() != going) continue;
    sum.segments += wal.run.count();
    sum.bytes += wal.run.stored;
  }
  return sum;
}

std::string in_words(const Sum& sum) {
  std::string text = fmt::format("{}, {}", human_count(sum.backups, "backup"),
                                 human_count(sum.segments, "WAL segment"));
  if (sum.remains > 0) text += fmt::format(", {}", human_count(sum.remains, "unfinished one"));
  return text + fmt::format(": {}", human_size(sum.bytes));
}

std::string wrapped(const std::string& sentence) {
  constexpr std::size_t kColumns = 98;
  std::string text;
  std::size_t begin = 0;
  while (sentence.size() - begin > kColumns) {
    const auto space = sentence.rfind(' ', begin + kColumns);
    if (space == std::string::npos || space <= begin) break;
    text += sentence.substr(begin, space - begin) + "\n  ";
    begin = space + 1;
  }
  return text + sentence.substr(begin) + "\n";
}

// The first reasons that fit; the others are only counted.
std::string reasons_text(const std::vector<std::string>& reasons) {
  std::string text = reasons.front();
  for (std::size_t i = 1; i < reasons.size(); ++i) {
    if (text.size() + reasons[i].size() + 2 > kReasonColumns) {
      return text + fmt::format(" (+{})", reasons.size() - i);
    }
    text += ", " + reasons[i];
  }
  return text;
}

std::string why(const PlannedBackup& backup) {
  if (!backup.goes()) return "stays: " + reasons_text(backup.reasons);
  if (backup.packs_go()) return "goes";
  return "goes; its packs stay for " + backup.referred_by;
}

std::string row(const PlannedBackup& backup) {
  return fmt::format("  {:<26}  {:>8}  {}\n", backup.facts.id, human_size(backup.facts.stored),
                     why(backup));
}

std::string backups_text(const RetentionPlan& plan) {
  if (plan.backups.empty()) return "\nThere is no backup.\n";
  std::string text = fmt::format("\n  {:<26}  {:>8}\n", "backup", "stored");
  std::size_t rows = 0;
  for (const auto& backup : std::views::reverse(plan.backups)) {
    if (backup.goes() && ++rows > kMostRows) continue;
    text += row(backup);
  }
  if (rows > kMostRows) {
    text += fmt::format("  and {} older that go (--json names them all)\n",
                        human_count(rows - kMostRows));
  }
  return text;
}

std::string remains_text(const RetentionPlan& plan) {
  std::string text;
  for (const auto& remains : plan.remains) {
    const std::string what = remains.facts.given_up ? "deleted before" : "unfinished";
    text +=
        fmt::format("  {:<26}  {:>8}  {}: {}\n", remains.facts.id, human_size(remains.facts.stored),
                    what, remains.goes ? "goes" : "stays, " + remains.reason);
  }
  return text;
}

// Neighbouring runs that go, or that stay for the same reason, are one line.
std::vector<PlannedWal> stretches(const RetentionPlan& plan) {
  std::vector<PlannedWal> lines;
  for (const auto& wal : plan.wal) {
    if (!lines.empty() && lines.back().reason == wal.reason &&
        lines.back().run.timeline == wal.run.timeline) {
      lines.back().run.last = wal.run.last;
      lines.back().run.stored += wal.run.stored;
    } else {
      lines.push_back(wal);
    }
  }
  return lines;
}

std::uint64_t segments_in(const RetentionPlan& plan, const PlannedWal& line) {
  std::uint64_t count = 0;
  for (const auto& wal : plan.wal) {
    const bool inside = wal.run.timeline == line.run.timeline && wal.run.first >= line.run.first &&
                        wal.run.last <= line.run.last;
    if (inside) count += wal.run.count();
  }
  return count;
}

std::string wal_text(const RetentionPlan& plan) {
  const auto lines = stretches(plan);
  if (lines.empty()) return {};
  std::string text = "\n  WAL\n";
  std::size_t rows = 0;
  for (const auto& line : lines) {
    if (++rows > kMostRows) continue;
    const auto last = line.run.last.name_on(line.run.timeline).to_text();
    text +=
        fmt::format("  {} to {}  {:>8}  {}\n", line.run.first.name_on(line.run.timeline).to_text(),
                    last.substr(8), human_size(line.run.stored),
                    line.goes() ? fmt::format("goes ({})", human_count(segments_in(plan, line)))
                                : "stays: " + line.reason);
  }
  if (rows > kMostRows) text += fmt::format("  and {} more\n", human_count(rows - kMostRows));
  return text;
}

std::string headline(const RetentionPlan& plan) {
  std::string text;
  if (plan.nothing_goes()) {
    text = fmt::format("Nothing goes. What stays: {}.\n", in_words(sum_of(plan, false)));
  } else {
    text = fmt::format("What goes:  {}.\nWhat stays: {}.\n", in_words(sum_of(plan, true)),
                       in_words(sum_of(plan, false)));
  }
  if (plan.window_from) {
    text += fmt::format("Recovery window: from {} UTC on, counted back from {}.\n",
                        utc_time(*plan.window_from), utc_time(plan.as_of));
  }
  return text;
}

}  // namespace

std::string expire_text(const ExpireReport& report) {
  const RetentionPlan& plan = report.plan;
  std::string text = fmt::format("{} · system {} · {}\n\n", report.cluster,
                                 report.system_identifier, report.store) +
                     headline(plan) + backups_text(plan) + remains_text(plan) + wal_text(plan);
  if (!plan.remarks.empty()) text += "\n";
  for (const auto& remark : plan.remarks) text += wrapped(remark);
  return text;
}

std::string outcome_text(const ExpireReport& report, const std::optional<ExpireOutcome>& outcome) {
  if (!outcome) {
    if (report.plan.nothing_goes()) return {};
    std::string command = "basebackup expire";
    command += shell_arguments(report.options);
    return fmt::format("\nNothing was changed. To delete what goes:\n  {} --confirm\n", command);
  }
  std::string text = fmt::format("\nDeleted {}.\n", human_count(outcome->objects, "object"));
  if (outcome->hidden > 0) {
    text += fmt::format(
        "The bucket keeps the bytes of {} of them as older versions, until its lifecycle rules "
        "and\nlocks let them go (docs/s3.md).\n",
        human_count(outcome->hidden));
  }
  if (!outcome->held.empty()) {
    text += fmt::format("The store holds back {}, the first: {}\nThe next run tries again.\n",
                        human_count(outcome->held.size(), "object"), outcome->held.front());
  }
  for (const auto& id : outcome->kept) {
    text += fmt::format("{} stays after all: it is kept by now. The rest goes with the next run.\n",
                        id);
  }
  for (const auto& id : outcome->spared) {
    text += fmt::format("{} stays after all: a backup that was just taken refers to it.\n", id);
  }
  return text;
}

}  // namespace walden
