// Alerts over HTTP. The whole URL is taken for a secret: of most webhooks it is one, and messages
// name scheme and host only.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/bytes/secret.h"
#include "common/program/policy.h"

namespace walden {

// "https://host:port" of any URL: path, query and what stands before an '@' may be secret.
[[nodiscard]] std::string server_of(std::string_view url);

// From `webhook`, or the first line of `webhook_file`, which only its owner may read.
[[nodiscard]] Result<std::string> webhook_url(const AlertPolicy& policy);

// Success is an answer 2xx. Redirects are not followed.
[[nodiscard]] Result<> post_json(const std::string& url, const std::string& json,
                                 std::chrono::milliseconds patience);
[[nodiscard]] Result<> get(const std::string& url, std::chrono::milliseconds patience);

}  // namespace walden
