// What a container's host hands out: ECS, EKS Pod Identity ("Container credential provider", AWS
// SDKs and tools reference).
#pragma once

#include "common/store/aws_credentials.h"

namespace walden {

// Where the environment says the credentials are: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI at
// 169.254.170.2, else AWS_CONTAINER_CREDENTIALS_FULL_URI; empty when neither is set.
// ErrorKind::configuration for a full URI that is neither https nor at this host (127.0.0.0/8,
// [::1], localhost) or a known address of such a service (169.254.170.2, 169.254.170.23,
// [fd00:ec2::23]): the token would go to anyone.
[[nodiscard]] Result<std::string> container_url(const AwsEnvironment& environment);

// Null when the environment names no such service. The token is that of
// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, read anew each time, else
// AWS_CONTAINER_AUTHORIZATION_TOKEN.
[[nodiscard]] Result<std::unique_ptr<CredentialSource>> find_container_credentials(
    const AwsEnvironment& environment);

}  // namespace walden
