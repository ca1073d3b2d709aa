// A drill's report and outline as JSON: what is stored, and what --json prints (docs/json.md).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "basebackup/drill_report.h"
#include "common/bytes/error.h"

namespace walden {

[[nodiscard]] nlohmann::ordered_json drill_report_json(const DrillReport& report);
[[nodiscard]] nlohmann::ordered_json drill_outline_json(const DrillOutline& outline);

// ErrorKind::corrupt for what is not one; configuration for a newer version.
[[nodiscard]] Result<DrillReport> parse_drill_report(std::string_view text);
[[nodiscard]] Result<DrillOutline> parse_drill_outline(std::string_view text);

}  // namespace walden
