// What somebody is told: that something is wrong, that it still is, that it is over. Never a secret
// in it: it goes through other people's servers.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "common/bytes/instant.h"

namespace walden {

// Something that is wrong now. Which incident it belongs to is said by its name.
struct Problem {
  std::string name;  // "wal": the same from round to round
  bool critical = false;
  std::string what;               // happened: a sentence without a full stop
  std::optional<Instant> since;   // where it is known; else when it was seen first
  std::string endangers;          // a sentence, too
  std::string command;            // the one to run next
  std::chrono::seconds lasts{0};  // so long before anybody is told
};

struct Alert {
  enum class Occasion { begun, still, over };
  Occasion occasion = Occasion::begun;
  std::string cluster;
  std::string host;  // that tells it
  Problem problem;
  Instant since;
  Instant told;  // now; of one that is over, when that was seen
};

[[nodiscard]] std::string_view to_string(Alert::Occasion occasion);  // "begun", "still", "over"

// "[walden] CRITICAL orders wal: …" in one line of at most 150 bytes.
[[nodiscard]] std::string alert_subject(const Alert& alert);
// What happened, since when, what it endangers, what to run next: lines that end with '\n'.
[[nodiscard]] std::string alert_text(const Alert& alert);
// docs/json.md. `text`, the subject and the lines, is what Slack and its like show.
[[nodiscard]] nlohmann::ordered_json alert_json(const Alert& alert);

}  // namespace walden
