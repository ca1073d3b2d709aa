#include "basebackup/status_html.h"

#include <fmt/format.h>

#include <ranges>

#include "basebackup/html_text.h"
#include "common/program/human.h"

namespace walden {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --back: #fff; --text: #1a1d21; --soft: #5c6670; --line: #d5dae0;
  --card: #f6f8fa; --ok: #1a7f4b; --warning: #9a6700; --critical: #c62828; --unknown: #6a5acd;
  --bar: #3b76c4; --lost: #c62828; --promise: #8fb8ea; }
@media (prefers-color-scheme: dark) { :root { --back: #14171a; --text: #e4e8ec; --soft: #98a3ad;
  --line: #353c44; --card: #1d2226; --ok: #4cc38a; --warning: #e2b340; --critical: #ff7b72;
  --unknown: #b3a6ff; --bar: #6aa5f0; --lost: #ff7b72; --promise: #2d4d73; } }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem; background: var(--back);
  color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .3rem; }
p.soft, td.soft, figcaption { color: var(--soft); } p { margin: .3rem 0; }
table { border-collapse: collapse; width: 100%; margin: .8rem 0; }
th, td { text-align: left; padding: .35rem .6rem .35rem 0; vertical-align: top;
  border-top: 1px solid var(--line); } th { color: var(--soft); font-weight: 600; }
td.n, th.n { text-align: right; } code { font-family: ui-monospace, monospace; font-size: .9em; }
.badge { font-weight: 700; white-space: nowrap; } .ok { color: var(--ok); }
.warning { color: var(--warning); } .critical { color: var(--critical); }
.unknown { color: var(--unknown); }
figure { margin: 1rem 0; padding: .8rem; background: var(--card); border-radius: 8px;
  overflow-x: auto; } svg { display: block; width: 100%; min-width: 40rem; height: auto; }
svg text { fill: var(--soft); font: 13px system-ui, sans-serif; }
.bar { fill: var(--bar); } .backup { fill: var(--text); } .lost { fill: var(--lost); }
.promise { fill: var(--promise); } .tick { stroke: var(--line); }
)";

std::string_view style_of(Severity severity) {
  switch (severity) {
    case Severity::ok:
      return "ok";
    case Severity::warning:
      return "warning";
    case Severity::critical:
      return "critical";
    case Severity::unknown:
      return "unknown";
  }
  return "";
}

std::string badge(Severity severity) {
  return fmt::format("<span class=\"badge {}\">{}</span>", style_of(severity), to_string(severity));
}

std::string judgement_row(const Judgement& one) {
  std::string text = html_text(one.sentence);
  if (!one.endangers.empty()) {
    text += fmt::format("<br><span class=\"soft\">{}.</span>", html_text(one.endangers));
  }
  if (!one.remedy.empty()) {
    text += fmt::format("<br>Run next: <code>{}</code>", html_text(one.remedy));
  }
  return fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", badge(one.severity),
                     html_text(one.name), text);
}

std::string size_text(const std::optional<std::uint64_t>& size) {
  return size ? human_size(*size) : "not known";
}

std::string_view wal_text(const BackupFact& backup) {
  if (!backup.damaged.empty()) return "manifest DAMAGED";
  if (!backup.consistent) return "not known";
  if (!*backup.consistent) return "INCOMPLETE";
  return backup.complete.value_or(false) ? "complete" : "gap after it";
}

std::string backup_row(const BackupFact& backup) {
  return fmt::format(
      "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td class=\"n\">{}</td>"
      "<td class=\"n\">{}</td><td>{}</td></tr>\n",
      html_text(backup.id), html_text(backup.kind.empty() ? "sealed" : backup.kind),
      backup.taken() ? utc_time(*backup.taken()) : "not known", size_text(backup.database_size),
      size_text(backup.stored_size), wal_text(backup));
}

std::string backups_table(const ClusterStatus& status) {
  if (status.backups.empty()) return {};
  std::string text =
      "<table><tr><th>backup</th><th>kind</th><th>taken (UTC)</th><th class=\"n\">database</th>"
      "<th class=\"n\">stored</th><th>WAL</th></tr>\n";
  for (const BackupFact& backup : std::views::reverse(status.backups)) text += backup_row(backup);
  return text + "</table>\n";
}

std::string section(const JudgedCluster& cluster, const Policy& policy) {
  const ClusterStatus& status = cluster.status;
  std::string text =
      fmt::format("<h2>{} {}</h2>\n", html_text(status.cluster), badge(worst(cluster.judgements)));
  text += fmt::format("<p class=\"soft\">{}</p>\n", html_text(status.store));
  if (const std::string timeline = status_timeline(cluster, policy); !timeline.empty()) {
    text += fmt::format("<figure>{}</figure>\n", timeline);
  }
  text += "<table><tr><th>verdict</th><th>of</th><th>what was found</th></tr>\n";
  for (const Judgement& one : cluster.judgements) text += judgement_row(one);
  return text + "</table>\n" + backups_table(status);
}

}  // namespace

std::string status_page(const std::vector<JudgedCluster>& clusters, const Policy& policy) {
  const Severity severity = worst(clusters);
  std::string text = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{} · Walden</title>\n<style>{}</style></head>\n<body>\n",
      to_string(severity), kStyle);
  text += fmt::format("<h1>Backups: {}</h1>\n", badge(severity));
  if (!clusters.empty()) {
    text += fmt::format("<p class=\"soft\">As found at {} UTC by basebackup status.</p>\n",
                        utc_time(clusters.front().status.now));
  }
  for (const JudgedCluster& one : clusters) text += section(one, policy);
  return text + "</body></html>\n";
}

}  // namespace walden
