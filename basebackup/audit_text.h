// The audit trail as people and as programs read it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/audit/audit_check.h"

namespace walden {

struct ShownAudit {
  std::string cluster;
  std::string store;
  std::string file;
  bool signers_known = false;  // trusted_signers are configured
  AuditVerdict verdict;
};

[[nodiscard]] std::string audit_text(const ShownAudit& audit);

// docs/json.md
[[nodiscard]] nlohmann::ordered_json audit_json(const ShownAudit& audit);

}  // namespace walden
