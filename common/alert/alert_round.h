// One round of telling: what is wrong now is held against what was told before.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "common/alert/channel.h"
#include "common/alert/incidents.h"

namespace walden {

struct AlertRound {
  std::filesystem::path memory;  // the file of the incidents; see incident_file.h
  std::string cluster;
  std::chrono::seconds repeat{std::chrono::hours(4)};
  std::chrono::milliseconds patience{30'000};  // with one channel at one message
};

struct AlertOutcome {
  std::size_t sent = 0;
  std::size_t lasting = 0;      // incidents
  bool known = false;           // of each that lasts some channel has told, now or before
  std::vector<Error> failures;  // of channels, and of the memory
  bool busy = false;            // left to another round
  // Everybody knows now what was found here.
  [[nodiscard]] bool good() const { return failures.empty() && !busy; }
};

// A channel that fails is not tried again in this round; the others are told all the same. Where
// the memory is damaged or cannot be written everybody is told nevertheless, and perhaps twice.
// Each success is remembered durably before the next message. Another round that is under way is
// left to do it: nothing is sent then, which is no failure, but not good() either: it may have
// found something else.
[[nodiscard]] AlertOutcome tell(const AlertRound& round, const std::vector<Channel>& channels,
                                const Findings& findings, Instant now);

}  // namespace walden
