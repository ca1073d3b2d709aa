// The XML that the Security Token Service answers with (STS API reference, version 2011-06-15).
#pragma once

#include <initializer_list>

#include "common/store/aws_credentials.h"
#include "common/store/http_client.h"

namespace walden {

// The credentials in an answer to `action`; parsed in place, so that they are wiped with the body.
// An answer of another status becomes an error with the service's code, and with its message where
// that holds none of `secrets`: denied, transient or configuration (kind_of_status, and by code:
// throttling and an unreachable identity provider are transient, a refusal is denied).
[[nodiscard]] Result<AwsCredentials> parse_sts_answer(
    HttpResponse& response, const std::string& action,
    std::initializer_list<std::string_view> secrets);

}  // namespace walden
