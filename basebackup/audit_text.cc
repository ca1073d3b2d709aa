#include "basebackup/audit_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "basebackup/shell_word.h"
#include "common/program/human.h"

namespace walden {
namespace {

using Json = nlohmann::ordered_json;

struct Widths {
  std::size_t host = 4;
  std::size_t user = 4;
  std::size_t command = 7;
};

Widths widths_of(const AuditVerdict& verdict) {
  Widths widths;
  for (const auto& [entry, in_file, in_store, signer] : verdict.entries) {
    widths.host = std::max(widths.host, entry.event.host.size());
    widths.user = std::max(widths.user, entry.event.user.size());
    widths.command = std::max(widths.command, entry.event.command.size());
  }
  return widths;
}

std::string what(const AuditEvent& event) {
  std::vector<std::string> words;
  if (!event.subject.empty()) words.push_back(event.subject);
  for (const auto& argument : event.arguments) words.push_back(shell_word(argument));
  // Where it is an option it has been said.
  if (!event.key_file.empty() &&
      std::ranges::find(event.arguments, "--key-file") == event.arguments.end()) {
    words.push_back("(key " + event.key_file + ")");
  }
  if (!event.error.empty()) words.push_back("(" + event.error + ")");
  return fmt::format("{}", fmt::join(words, " "));
}

std::string row(const AuditedEntry& known, const Widths& widths) {
  const AuditEvent& event = known.entry.event;
  return fmt::format("  {}  {:<{}}  {:<{}}  {:<{}}  {:<8}  {}\n", utc_time(event.time), event.host,
                     widths.host, event.user, widths.user, event.command, widths.command,
                     event.outcome, what(event));
}

std::string verdict_line(const ShownAudit& audit) {
  const auto& problems = audit.verdict.problems;
  if (!problems.empty()) return human_count(problems.size(), "problem") + "\n";
  return fmt::format("Nothing was changed or removed{}.\n",
                     audit.signers_known
                         ? ", and every object is signed"
                         : "; who signed was not checked: no trusted_signers are configured");
}

}  // namespace

std::string audit_text(const ShownAudit& audit) {
  const auto& entries = audit.verdict.entries;
  std::set<std::string> trails;
  for (const auto& known : entries) trails.insert(known.entry.position.trail);
  const Widths widths = widths_of(audit.verdict);
  std::string text =
      fmt::format("{} · {} · {}\n{} in {}\n", audit.cluster, audit.store, audit.file,
                  entries.size() == 1 ? "1 entry" : human_count(entries.size()) + " entries",
                  human_count(trails.size(), "trail"));
  if (!entries.empty()) {
    text +=
        fmt::format("\n  {:<19}  {:<{}}  {:<{}}  {:<{}}  {:<8}  {}\n", "time (UTC)", "host",
                    widths.host, "user", widths.user, "command", widths.command, "outcome", "what");
  }
  for (const auto& known : entries) text += row(known, widths);
  text += "\n";
  for (const auto& problem : audit.verdict.problems) text += "WRONG  " + problem + "\n";
  return text + verdict_line(audit);
}

Json audit_json(const ShownAudit& audit) {
  Json entries = Json::array();
  for (const auto& [entry, in_file, in_store, signer] : audit.verdict.entries) {
    Json json = Json::parse(to_line(entry));
    json.erase("time_us");
    Json known = {{"time", iso_time(entry.event.time)}};
    known.update(json);
    known["in_file"] = in_file;
    known["in_store"] = in_store;
    known["signer"] = signer ? Json(signer->to_text()) : Json();
    entries.push_back(std::move(known));
  }
  return {{"cluster", audit.cluster},
          {"store", audit.store},
          {"file", audit.file},
          {"good", audit.verdict.problems.empty()},
          {"signers_checked", audit.signers_known},
          {"problems", audit.verdict.problems},
          {"entries", std::move(entries)}};
}

}  // namespace walden
