// Who runs which command, and with which key the entry is signed.
#pragma once

#include <memory>
#include <string>

#include "common/audit/audit_entry.h"
#include "common/bytes/keys.h"
#include "common/program/configuration.h"

namespace CLI {
class App;
}

namespace walden {

// Without time and outcome. Of the options, those that were given; a connection string is left out
// where it could hold a password.
[[nodiscard]] AuditEvent audit_event(const CLI::App& command, std::string cluster);

// Null where there is none, and where it would have to be asked for at the terminal.
[[nodiscard]] Result<std::shared_ptr<const SigningKey>> load_audit_key(
    const Configuration& configuration);

}  // namespace walden
