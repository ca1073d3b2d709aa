#include "basebackup/drill_page.h"

#include <fmt/format.h>

#include "basebackup/drill_timeline.h"
#include "basebackup/drill_words.h"
#include "basebackup/html_text.h"
#include "common/program/human.h"

namespace walden {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --paper: #fdfdfb; --ink: #1c1f23; --faint: #666d76;
  --rule: #d9dce0; --good: #1a7f37; --bad: #c62828; --warn: #9a6700; --backup: #3b6fb6;
  --wal: #8fb2e0; --plan: #8a8f98; --restore: #3b6fb6; --recovery: #7a5bb5; --checks: #a9b0ba;
  --allowed: #e3efe4; }
@media (prefers-color-scheme: dark) { :root { --paper: #15181c; --ink: #e6e8eb; --faint: #9aa3ad;
  --rule: #343a42; --good: #57c278; --bad: #ff7b72; --warn: #e3b341; --backup: #6ea0e6;
  --wal: #3f6291; --plan: #8a929c; --restore: #6ea0e6; --recovery: #b196ea; --checks: #59616b;
  --allowed: #1d3324; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
p { margin: .3rem 0; } .faint { color: var(--faint); }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .8rem;
  margin: 1.4rem 0; }
.figure { border: 1px solid var(--rule); border-radius: 6px; padding: .7rem .9rem; }
.figure b { display: block; font-size: 1.35rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .8rem .35rem 0;
  border-bottom: 1px solid var(--rule); }
th { font-weight: 600; color: var(--faint); } td.n, th.n { text-align: right; white-space: nowrap; }
td.v { white-space: nowrap; font-weight: 700; } td.s { white-space: nowrap; }
pre { overflow-x: auto; border: 1px solid var(--rule); border-radius: 6px; padding: .8rem;
  font-size: .85rem; white-space: pre-wrap; }
svg { width: 100%; height: auto; display: block; }
svg text { font: 13px system-ui, sans-serif; fill: var(--ink); } svg .strong { font-weight: 600; }
svg rect.backup { fill: var(--backup); } svg rect.wal { fill: var(--wal); }
svg rect.plan { fill: var(--plan); } svg rect.restore { fill: var(--restore); }
svg rect.recovery { fill: var(--recovery); } svg rect.checks { fill: var(--checks); }
svg rect.allowed { fill: var(--allowed); }
svg line { stroke: var(--ink); stroke-width: 1.5; }
svg line.target { stroke: var(--recovery); stroke-width: 2.5; }
svg line.objective { stroke: var(--bad); stroke-dasharray: 5 4; stroke-width: 2; }
@media print { body { max-width: none; padding: 0; } }
)";

struct Word {
  std::string_view text;
  std::string_view style;
};

Word word_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return {"ok", "good"};
    case Verdict::warn:
      return {"warn", "warn"};
    case Verdict::fail:
      return {"FAIL", "bad"};
    case Verdict::not_asked:
      break;
  }
  return {"–", "faint"};
}

std::string figure(std::string_view name, const std::optional<milliseconds>& measured,
                   const std::optional<seconds>& objective) {
  const bool missed = objective && (!measured || *measured > *objective);
  const std::string_view style = missed ? "bad" : objective ? "good" : "";
  return fmt::format(
      "<div class=\"figure\"><span class=\"faint\">{}</span><b class=\"{}\">{}</b>"
      "<span class=\"faint\">{}</span></div>\n",
      name, style, measured ? drill_duration(*measured) : "not shown",
      objective ? "objective " + human_duration(*objective) : "no objective");
}

std::string plain_figure(std::string_view name, const std::string& value,
                         const std::string& below) {
  return fmt::format(
      "<div class=\"figure\"><span class=\"faint\">{}</span><b>{}</b>"
      "<span class=\"faint\">{}</span></div>\n",
      name, html_text(value), html_text(below));
}

std::string figures(const DrillReport& report) {
  std::string html = "<div class=\"figures\">\n" + figure("Until it was open for writing (RTO)",
                                                          report.rto, report.rto_objective);
  if (!report.target_time) {
    html += figure("Of the newest changes, lost at most (RPO)", report.rpo, report.rpo_objective);
  }
  if (report.backup) {
    html += plain_figure("Restored", human_size(report.backup->database_size),
                         "PostgreSQL " + version_text(report.backup->server_version));
    html += plain_figure("Replayed", human_count(report.backup->segments, "segment"),
                         human_size(report.backup->wal_bytes) + " of WAL");
  }
  return html + "</div>\n";
}

std::string picture(std::string_view title, const std::string& svg) {
  return svg.empty() ? "" : fmt::format("<h2>{}</h2>\n{}", title, svg);
}

std::string steps(const DrillReport& report) {
  std::string html =
      "<h2>Step by step</h2>\n<table><tr><th></th><th>step</th><th>what was found</th>"
      "<th class=\"n\">took</th></tr>\n";
  for (const auto& step : report.steps) {
    const Word word = word_of(step.fact.verdict);
    const std::string remedy =
        step.fact.remedy.empty()
            ? ""
            : fmt::format("<br><span class=\"faint\">→ {}</span>", html_text(step.fact.remedy));
    html += fmt::format(
        "<tr><td class=\"v {}\">{}</td><td class=\"s\">{}</td><td>{}{}</td><td "
        "class=\"n\">{}</td></tr>\n",
        word.style, word.text, html_text(step.fact.name), html_text(step.fact.text), remedy,
        step.took.count() == 0 ? "" : drill_duration(step.took));
  }
  return html + "</table>\n";
}

std::string databases(const DrillReport& report) {
  if (report.databases.empty()) return {};
  std::string html =
      "<h2>What was read</h2>\n<table><tr><th>database</th><th class=\"n\">tables</th>"
      "<th class=\"n\">rows as text</th></tr>\n";
  for (const auto& database : report.databases) {
    html += fmt::format("<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                        html_text(database.name), human_count(database.tables),
                        human_size(database.bytes));
  }
  return html + "</table>\n";
}

std::string log(const DrillReport& report) {
  if (report.server_log.empty()) return {};
  std::string html = "<h2>The end of the server’s log</h2>\n<pre>";
  for (const auto& line : report.server_log) html += html_text(line) + "\n";
  return html + "</pre>\n";
}

std::string headline(const DrillReport& report) {
  return report.passed() ? "<span class=\"good\">passed</span>"
                         : fmt::format("<span class=\"bad\">FAILED</span>: {}",
                                       human_count(report.failures(), "step"));
}

}  // namespace

std::string drill_page(const DrillReport& report) {
  const std::string seed = report.seed ? fmt::format(" (chosen by seed {})", *report.seed) : "";
  return fmt::format(
             "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
             "style-src 'unsafe-inline'\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<title>Restore drill of {0}: {1}</title>\n<style>{2}</style></head><body>\n"
             "<p class=\"faint\">Restore drill {3}</p>\n<h1>{0}: {4}</h1>\n"
             "<p>Restored to {5}{6}, from {7} on {8}.</p>\n"
             "<p class=\"faint\">{9} to {10} UTC · system {11}</p>\n",
             html_text(report.cluster), report.passed() ? "passed" : "FAILED", kStyle,
             html_text(report.id), headline(report), html_text(report.target), seed,
             html_text(report.store), html_text(report.host), utc_time(report.begun),
             utc_time(report.ended), report.system_identifier) +
         figures(report) + picture("What was restored", history_picture(report)) +
         picture("How long it took", duration_picture(report)) + steps(report) + databases(report) +
         log(report) + "</body></html>\n";
}

}  // namespace walden
