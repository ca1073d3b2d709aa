// `basebackup check`: what this host seals with, and whether it can open that again.
#pragma once

#include <optional>

#include "basebackup/check_fact.h"
#include "common/bytes/keys.h"
#include "common/program/configuration.h"

namespace walden {

// Facts "recipients", "key" and "signing". Key files are read; a locked one asks for its
// passphrase.
[[nodiscard]] Facts check_keys(const Configuration& configuration);

// The judgement of "key". `own`: of the configured secret key; nothing where none is configured.
[[nodiscard]] Fact judge_key(const std::vector<Recipient>& recipients,
                             const std::optional<Result<Recipient>>& own);

}  // namespace walden
