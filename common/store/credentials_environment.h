// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
#pragma once

#include "common/store/aws_credentials.h"

namespace walden {

inline constexpr std::string_view kEnvironmentCredentials = "the environment";

// Null when neither key is set; ErrorKind::configuration when only one of them is.
[[nodiscard]] Result<std::unique_ptr<CredentialSource>> find_environment_credentials(
    const AwsEnvironment& environment);

}  // namespace walden
