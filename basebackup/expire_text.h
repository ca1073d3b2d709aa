// A retention plan and what became of it, as people and as programs read it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/expire_run.h"
#include "basebackup/retention.h"

namespace walden {

struct ExpireReport {
  std::string cluster;
  std::uint64_t system_identifier = 0;
  std::string store;
  RetentionPlan plan;
  std::vector<std::string> options{};  // that the command was given, for the line to paste
};

// At most 100 columns, but for the first line, which names the store, and the reasons that people
// have given.
[[nodiscard]] std::string expire_text(const ExpireReport& report);
// What was done, or how to have it done.
[[nodiscard]] std::string outcome_text(const ExpireReport& report,
                                       const std::optional<ExpireOutcome>& outcome);

// docs/json.md
[[nodiscard]] nlohmann::ordered_json expire_json(const ExpireReport& report,
                                                 const std::optional<ExpireOutcome>& outcome);

}  // namespace walden
