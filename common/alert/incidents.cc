#include "common/alert/incidents.h"

#include <algorithm>

namespace walden {
namespace {

std::int64_t in_microseconds(std::chrono::seconds time) {
  return std::chrono::microseconds(time).count();
}

// A clock that was set back must not keep the next reminder away for years.
bool is_time_again(Instant told, std::chrono::seconds repeat, Instant now) {
  return now < told || now.microseconds - told.microseconds >= in_microseconds(repeat);
}

// Where another host's clock is ahead, what it dates must not stay untold until then.
bool has_lasted(const Incident& incident, Instant now) {
  return now < incident.since ||
         now.microseconds - incident.since.microseconds >= in_microseconds(incident.problem.lasts);
}

std::optional<Alert::Occasion> occasion_for(const Incident& incident, const Told* told,
                                            std::chrono::seconds repeat, Instant now) {
  using enum Alert::Occasion;
  if (incident.ended) return told == nullptr ? std::nullopt : std::optional(over);
  if (told == nullptr) {
    return incident.seen && has_lasted(incident, now) ? std::optional(begun) : std::nullopt;
  }
  const bool worse = incident.problem.critical && !told->critical;
  if (!incident.seen) return std::nullopt;
  if (worse || is_time_again(told->at, repeat, now)) return still;
  return std::nullopt;
}

}  // namespace

Incidents follow(Incidents known, const Findings& findings, Instant now) {
  for (auto& [name, incident] : known) incident.seen = false;
  for (const Problem& problem : findings.problems) {
    const auto [entry, is_new] = known.try_emplace(problem.name);
    Incident& incident = entry->second;
    if (is_new) incident.since = problem.since.value_or(now);
    incident.problem = problem;
    incident.seen = true;
    incident.ended.reset();
  }
  for (auto& [name, incident] : known) {
    const bool unknown = findings.rest_is_unknown || findings.unknown.contains(name);
    if (!incident.seen && !incident.ended && !unknown) incident.ended = now;
  }
  return known;
}

std::vector<Due> due(const Incidents& incidents, const std::vector<std::string>& channels,
                     std::chrono::seconds repeat, Instant now) {
  std::vector<Due> all;
  for (const auto& [name, incident] : incidents) {
    for (const std::string& channel : channels) {
      const auto told = incident.told.find(channel);
      const Told* last = told == incident.told.end() ? nullptr : &told->second;
      if (const auto occasion = occasion_for(incident, last, repeat, now)) {
        all.push_back({channel, name, *occasion});
      }
    }
  }
  return all;
}

void note(Incidents& incidents, const Due& told, Instant now) {
  Incident& incident = incidents.at(told.incident);
  if (told.occasion == Alert::Occasion::over) {
    incident.told.erase(told.channel);
  } else {
    incident.told[told.channel] = {now, incident.problem.critical};
  }
}

void tidy(Incidents& incidents, const std::vector<std::string>& channels) {
  for (auto& [name, incident] : incidents) {
    std::erase_if(incident.told, [&](const auto& told) {
      return std::ranges::find(channels, told.first) == channels.end();
    });
  }
  std::erase_if(incidents,
                [](const auto& entry) { return entry.second.ended && entry.second.told.empty(); });
}

}  // namespace walden
