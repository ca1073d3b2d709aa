// The two pictures of a drill's page, as SVG within HTML: what was restored, on the calendar, and
// how long it took, against the objective. Colours are the page's (drill_page.cc).
#pragma once

#include <string>

#include "basebackup/drill_report.h"

namespace walden {

// The backup, the WAL after it, the moment that was reached, the drill. Empty when the drill did
// not get so far as to choose a backup.
[[nodiscard]] std::string history_picture(const DrillReport& report);

// The phases one after the other, and the line that they had to stay before. Empty before the
// first of them.
[[nodiscard]] std::string duration_picture(const DrillReport& report);

}  // namespace walden
