// The credentials that a profile of the shared files names, in one of these ways, the first that it
// has:
//   role_arn with source_profile, credential_source or web_identity_token_file
//   aws_access_key_id, aws_secret_access_key, aws_session_token
//   credential_process
// Single sign-on (sso_*) is refused with what to write instead, as is a role that wants a code
// (mfa_serial): at night there is nobody to log in.
#pragma once

#include "common/store/aws_credentials.h"
#include "common/store/aws_profile_files.h"

namespace walden {

// Null when the profile says nothing of credentials. ErrorKind::configuration for a profile that is
// not there, a setting that lacks its other half, and profiles that are each other's source.
[[nodiscard]] Result<std::unique_ptr<CredentialSource>> find_profile_credentials(
    const AwsEnvironment& environment, const std::string& profile);

}  // namespace walden
