// Drills as people read them in a terminal, at most 100 columns wide but for names.
#pragma once

#include <string>
#include <vector>

#include "basebackup/drill_report.h"

namespace walden {

// "ok    restore    412 GB in 8 min 51 s; …"
[[nodiscard]] std::string drill_step_line(const DrillStep& step, bool coloured);

// What stands above the steps and below them.
[[nodiscard]] std::string drill_heading(const DrillReport& report);
[[nodiscard]] std::string drill_verdict(const DrillReport& report);

// All of it, as it was when the drill ran.
[[nodiscard]] std::string drill_report_text(const DrillReport& report, bool coloured);

// A drill in the store whose outline may not be readable.
struct ListedDrill {
  std::string id;
  std::optional<DrillOutline> outline;
  std::string damaged;  // why there is none
};

struct ListedDrills {
  std::string cluster;
  std::string store;
  std::vector<ListedDrill> drills;     // oldest first
  std::chrono::seconds every{0};       // drill_every
  std::vector<std::string> options{};  // of the settings, as the next command is to be given them
};

// When the next is due: `every` after the newest that passed; absent while none has.
[[nodiscard]] std::optional<Instant> next_due(const ListedDrills& listed);

[[nodiscard]] std::string drills_text(const ListedDrills& listed, Instant now, bool coloured);

}  // namespace walden
