// A drill's report as one HTML page: complete in itself, nothing is fetched, no script runs; in the
// reader's choice of light and dark; fit to be printed for an auditor.
#pragma once

#include <string>

#include "basebackup/drill_report.h"

namespace walden {

[[nodiscard]] std::string drill_page(const DrillReport& report);

}  // namespace walden
