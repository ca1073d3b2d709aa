// What every service and program that hands out credentials has to answer, checked before it is
// believed.
#pragma once

#include "common/store/aws_credentials.h"
#include "common/store/http_client.h"

namespace walden {

struct CredentialFields {
  std::string_view access_key_id;
  std::string_view secret_access_key;
  std::string_view session_token;
  std::string_view expiration;
};

// limited: token and expiration must be there. any: both may be missing.
enum class CredentialLifetime { limited, any };

// ErrorKind::transient for what is missing, or holds what no header may. The message names the
// field, never its value.
[[nodiscard]] Result<AwsCredentials> check_credentials(const CredentialFields& fields,
                                                       CredentialLifetime lifetime);

// {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"}, and with "Code" other than "Success"
// ErrorKind::denied: the containers' and the instances' answer.
[[nodiscard]] Result<AwsCredentials> parse_service_credentials(ByteView json);

// {"Version": 1, "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}:
// credential_process
// ("Sourcing credentials with an external process", AWS CLI user guide).
[[nodiscard]] Result<AwsCredentials> parse_process_credentials(ByteView json);

// An error code such as "AccessDenied"; empty for anything that does not look like one.
[[nodiscard]] std::string error_code(std::string_view text);

// For an answer that is no 200: transient for 408, 429 and 5xx, denied for 401 and 403,
// configuration for the others.
[[nodiscard]] ErrorKind kind_of_status(int status);

// The limits, none of them past the deadline.
[[nodiscard]] HttpLimits until(Deadline deadline, HttpLimits limits);

// No character that would end a header's line.
[[nodiscard]] bool fits_a_header(std::string_view value);

// A token from a file, read anew for each use because others replace it: without the line's end.
// ErrorKind::configuration when it cannot be read, is empty or holds what no header may.
[[nodiscard]] Result<Secret> read_token_file(const std::string& path);

}  // namespace walden
