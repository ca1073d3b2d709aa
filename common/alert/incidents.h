// Which incidents there are, and who is still to be told what about them. Pure: times are given.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/alert/alert.h"

namespace walden {

// What a channel was told last of an incident.
struct Told {
  Instant at;
  bool critical = false;
};

struct Incident {
  Problem problem;  // as it was seen last
  Instant since;
  bool seen = false;                 // in this round
  std::optional<Instant> ended;      // it is over; kept until everybody knows who knew of it
  std::map<std::string, Told> told;  // by the channel's name
};

using Incidents = std::map<std::string, Incident>;  // by the problem's name

// What a round has found.
struct Findings {
  std::vector<Problem> problems;
  std::set<std::string> unknown;  // names of what could not be found out
  bool rest_is_unknown = false;   // nothing but the problems could be found out
};

// A problem that is new begins an incident; one that is gone ends its; one that is back before
// everybody was told of its end goes on. What is not known begins and ends nothing.
[[nodiscard]] Incidents follow(Incidents known, const Findings& findings, Instant now);

// What each channel is to be told now: once when an incident begins (and has lasted as long as its
// problem says), at once when a warning has
// become critical, again each `repeat` while it is seen, once when it is over and the channel had
// been told of it.
struct Due {
  std::string channel;
  std::string incident;
  Alert::Occasion occasion = Alert::Occasion::begun;
};
[[nodiscard]] std::vector<Due> due(const Incidents& incidents,
                                   const std::vector<std::string>& channels,
                                   std::chrono::seconds repeat, Instant now);

// The channel has taken it. What fails is not noted, and so is due again in the next round.
void note(Incidents& incidents, const Due& told, Instant now);

// Forgets channels that are not configured any more, and incidents that are over and told.
void tidy(Incidents& incidents, const std::vector<std::string>& channels);

}  // namespace walden
