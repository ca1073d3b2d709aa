// What the facts are worth, held against what was promised. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "basebackup/cluster_status.h"
#include "common/program/policy.h"

namespace walden {

// In the order in which one outweighs another.
enum class Severity { ok, unknown, warning, critical };

// "OK", "WARNING", "CRITICAL", "UNKNOWN", and the exit codes 0, 1, 2, 3 that Nagios expects.
[[nodiscard]] std::string_view to_string(Severity severity);
[[nodiscard]] int exit_code(Severity severity);

struct Judgement {
  std::string name;  // stable: alerts and metrics go by it
  Severity severity = Severity::ok;
  std::string sentence;          // without a full stop
  std::optional<Instant> since;  // when it became so
  std::string endangers;         // a sentence; of warnings and worse
  std::string remedy;            // the command to run next; of warnings and worse
};
using Judgements = std::vector<Judgement>;

// `options` stands behind "basebackup COMMAND" in the remedies: " --config FILE" or nothing.
[[nodiscard]] Judgements judge(const ClusterStatus& status, const Policy& policy,
                               const std::string& options = {});

[[nodiscard]] Severity worst(const Judgements& judgements);

}  // namespace walden
