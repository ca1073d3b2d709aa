// Roles, from AWS's Security Token Service or a server that speaks its language (MinIO, Ceph).
#pragma once

#include "common/store/aws_credentials.h"

namespace walden {

struct StsService {
  std::string url;   // "https://sts.eu-central-1.amazonaws.com/"
  std::string host;  // of the URL, with its port: it is signed, as is the path
  std::string path;
  std::string region;  // for the signature
  std::string ca_file;
};

// AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL, the profile's endpoint_url, else Amazon's own of the
// region; without a region the global one. ErrorKind::configuration for an endpoint that is none.
[[nodiscard]] Result<StsService> find_sts(const AwsEnvironment& environment);

struct Role {
  std::string arn;
  std::string session_name;       // empty: "walden"
  std::string external_id;        // AssumeRole only; empty: none
  std::chrono::seconds duration;  // zero: the service's own, an hour
};

// AssumeRole, signed with what `base` gives.
[[nodiscard]] std::unique_ptr<CredentialSource> assumed_role(
    Role role, StsService service, std::unique_ptr<CredentialSource> base);

// AssumeRoleWithWebIdentity, proven by the token in a file that others keep fresh.
[[nodiscard]] std::unique_ptr<CredentialSource> web_identity(Role role, StsService service,
                                                             std::string token_file);

}  // namespace walden
