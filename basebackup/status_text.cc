#include "basebackup/status_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "common/program/human.h"

namespace walden {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kIndent = 22;  // where sentences begin

std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return text;
}

// Nagios cuts a line at '|': what follows are figures.
std::string for_nagios(std::string text) {
  std::ranges::replace(text, '|', '/');
  return one_line(std::move(text));
}

std::string figures(const JudgedCluster& cluster) {
  const ClusterStatus& status = cluster.status;
  std::vector<std::string> figures;
  const BackupFact* newest = newest_backup(status);
  if (newest != nullptr && newest->taken()) {
    figures.push_back(fmt::format("backup_age={}s;{}", age(*newest->taken(), status.now).count(),
                                  cluster.objectives.backup_every.count()));
  }
  if (status.wal) {
    const std::string limit =
        cluster.objectives.rpo ? fmt::format(";;{}", cluster.objectives.rpo->count()) : "";
    figures.push_back(
        fmt::format("wal_age={}s{}", age(status.wal->stored, status.now).count(), limit));
  }
  return figures.empty() ? "" : fmt::format(" | {}", fmt::join(figures, " "));
}

std::string what_is_wrong(const JudgedCluster& cluster) {
  const Severity most = worst(cluster.judgements);
  std::vector<std::string> sentences;
  for (const Judgement& one : cluster.judgements) {
    if (one.severity == most) sentences.push_back(for_nagios(one.sentence));
  }
  if (most != Severity::ok) return fmt::format("{}", fmt::join(sentences, "; "));
  for (const Judgement& one : cluster.judgements) {
    if (one.name == "backup") sentences = {for_nagios(one.sentence)};
  }
  for (const Judgement& one : cluster.judgements) {
    if (one.name == "wal") sentences.push_back(for_nagios(one.sentence));
  }
  return fmt::format("{}", fmt::join(sentences, "; "));
}

std::string first_line(const std::vector<JudgedCluster>& clusters) {
  const std::string_view verdict = to_string(worst(clusters));
  if (clusters.size() == 1) {
    const JudgedCluster& one = clusters.front();
    return fmt::format("{} {}: {}{}\n", verdict, one.status.cluster, what_is_wrong(one),
                       figures(one));
  }
  std::vector<std::string> wrong;
  for (const JudgedCluster& one : clusters) {
    const Severity severity = worst(one.judgements);
    if (severity == Severity::ok) continue;
    wrong.push_back(
        fmt::format("{} {}: {}", one.status.cluster, to_string(severity), what_is_wrong(one)));
  }
  const std::string count = human_count(clusters.size(), "cluster");
  if (wrong.empty()) return fmt::format("{} {}, all is well\n", verdict, count);
  return fmt::format("{} {} of {}: {}\n", verdict, wrong.size(), count, fmt::join(wrong, "; "));
}

// Broken at spaces where the line would be too long; the next ones begin under the sentence.
std::string wrapped(std::string text) {
  std::string lines;
  const std::size_t room = kColumns - kIndent;
  while (text.size() > room) {
    auto blank = text.rfind(' ', room);
    if (blank == std::string::npos || blank == 0) blank = text.find(' ');
    if (blank == std::string::npos) break;
    lines += text.substr(0, blank) + '\n' + std::string(kIndent, ' ');
    text.erase(0, blank + 1);
  }
  return lines + text;
}

std::string colour_of(Severity severity) {
  switch (severity) {
    case Severity::ok:
      return "\x1b[32m";
    case Severity::critical:
      return "\x1b[1;31m";
    default:
      return "\x1b[33m";
  }
}

std::string judgement_lines(const Judgement& one, bool coloured) {
  std::string verdict = fmt::format("{:<8}", to_string(one.severity));
  if (coloured) verdict = colour_of(one.severity) + verdict + "\x1b[0m";
  std::string text =
      fmt::format("  {}  {:<8}  {}\n", verdict, one.name, wrapped(one_line(one.sentence)));
  if (one.severity == Severity::ok) return text;
  const std::string indent(kIndent, ' ');
  if (!one.endangers.empty()) text += indent + wrapped(one.endangers) + ".\n";
  if (!one.remedy.empty()) text += indent + "\u2192 " + one.remedy + '\n';
  return text;
}

std::string sizes(const ClusterStatus& status) {
  std::uint64_t stored = 0;
  std::size_t known = 0;
  for (const BackupFact& backup : status.backups) {
    stored += backup.stored_size.value_or(0);
    if (backup.stored_size) ++known;
  }
  std::string text = human_count(status.backups.size(), "backup");
  if (known > 0) text += fmt::format(", {}", human_size(stored));
  if (known > 0 && known < status.backups.size()) text += " and those whose size is sealed";
  if (status.wal) {
    text += fmt::format("; {} of WAL, {}", human_count(status.wal->count, "segment"),
                        human_size(status.wal->bytes));
  }
  return text;
}

std::string details(const JudgedCluster& cluster, bool coloured) {
  const ClusterStatus& status = cluster.status;
  std::string text = fmt::format("\n{} · {}", status.cluster, status.store);
  if (!status.store_error) text += fmt::format(" · system {}", status.system_identifier);
  text += "\n\n";
  for (const Judgement& one : cluster.judgements) text += judgement_lines(one, coloured);
  if (status.store_error) return text;
  text += fmt::format("\n  In the store: {}.\n", sizes(status));
  if (status.expire) {
    text += fmt::format("  basebackup expire would delete {} and WAL, {}.\n",
                        human_count(status.expire->backups, "backup"),
                        human_size(status.expire->bytes));
  }
  return text;
}

}  // namespace

Severity worst(const std::vector<JudgedCluster>& clusters) {
  Severity most = Severity::ok;
  for (const JudgedCluster& one : clusters) most = std::max(most, worst(one.judgements));
  return most;
}

std::string status_text(const std::vector<JudgedCluster>& clusters, bool coloured) {
  std::string text = first_line(clusters);
  for (const JudgedCluster& one : clusters) text += details(one, coloured);
  return text;
}

}  // namespace walden
