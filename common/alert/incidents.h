// Which incidents there are, and who is still to be told what about them. Pure: times are given.
#pragma once

#include <chrono>
#include <map>
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
  std::optional<Instant> ended;      // it is over; kept until everybody knows who knew of it
  std::map<std::string, Told> told;  // by the channel's name
};

using Incidents = std::map<std::string, Incident>;  // by the problem's name

// A problem that is new begins an incident; one that is gone ends its; one that is back before
// everybody was told of its end goes on.
[[nodiscard]] Incidents follow(Incidents known, const std::vector<Problem>& problems, Instant now);

// What each channel is to be told now: once when an incident begins, at once when a warning has
// become critical, again each `repeat`, once when it is over and the channel had been told of it.
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
