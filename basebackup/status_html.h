// `basebackup status --html`: one page that needs nothing else, neither network nor script, in
// light and in dark.
#pragma once

#include <string>
#include <vector>

#include "basebackup/status_text.h"
#include "common/program/policy.h"

namespace walden {

[[nodiscard]] std::string status_page(const std::vector<JudgedCluster>& clusters,
                                      const Policy& policy);

// The recovery timeline as an inline SVG: backups, the moments that can be restored, holes, and
// what the policy promises. Empty where no time is known.
[[nodiscard]] std::string status_timeline(const JudgedCluster& cluster, const Policy& policy);

}  // namespace walden
