// The role of a virtual machine, by the instance metadata service in its second version, which
// wants a token ("Use IMDSv2", EC2 user guide). The first version is not spoken: whoever can make a
// program on this host fetch a URL could fetch the credentials.
#pragma once

#include "common/store/aws_credentials.h"

namespace walden {

// Null with AWS_EC2_METADATA_DISABLED=true. The address: AWS_EC2_METADATA_SERVICE_ENDPOINT, else
// 169.254.169.254, or fd00:ec2::254 with AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6.
// `looked_at`: what was in vain before, for the error of a host that has no such service
// (configuration: "no credentials were found: ..."). A service that has answered once and then
// does not is transient.
[[nodiscard]] std::unique_ptr<CredentialSource> find_instance_credentials(
    const AwsEnvironment& environment, std::string looked_at);

// "no credentials were found: <looked_at>", with what to do.
[[nodiscard]] std::unexpected<Error> no_credentials(std::string_view looked_at);

}  // namespace walden
