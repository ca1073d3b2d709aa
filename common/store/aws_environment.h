// The variables and files that AWS's own tools read, read in one place so that tests can set them.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/bytes/error.h"

namespace walden {

struct AwsEnvironment {
  // A variable's value; empty when it is not set.
  std::function<std::string(const std::string& name)> variable;
  std::string profile;  // from Walden's own settings; before AWS_PROFILE
  std::string ca_file;  // for the requests to STS
};

// The process's own environment.
[[nodiscard]] AwsEnvironment process_environment();

// What a profile (or a variable, which goes before it) says besides credentials.
struct AwsDefaults {
  std::string region;        // AWS_REGION, AWS_DEFAULT_REGION, profile's region; may be empty
  std::string endpoint;      // AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, profile's endpoint_url
  std::string sts_endpoint;  // AWS_ENDPOINT_URL_STS, then as above
  std::string ca_file;       // AWS_CA_BUNDLE, profile's ca_bundle
};
// ErrorKind::configuration for a profile that is named and is not there, or a file that cannot be
// read or parsed.
[[nodiscard]] Result<AwsDefaults> read_aws_defaults(const AwsEnvironment& environment);

}  // namespace walden
