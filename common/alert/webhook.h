// Alerts over HTTP. The whole URL is taken for a secret: of most webhooks it is one, and messages
// name scheme and host only.
#pragma once

#include <chrono>
#include <string>

#include "common/bytes/secret.h"
#include "common/program/policy.h"

namespace walden {

// From `webhook`, or the first line of `webhook_file`, which only its owner may read.
[[nodiscard]] Result<std::string> webhook_url(const AlertPolicy& policy);

// Success is an answer 2xx. Redirects are not followed.
[[nodiscard]] Result<> post_json(const std::string& url, const std::string& json,
                                 std::chrono::milliseconds patience);
[[nodiscard]] Result<> get(const std::string& url, std::chrono::milliseconds patience);

}  // namespace walden
