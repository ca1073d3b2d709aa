#include "common/store/aws_environment.h"

#include <cstdlib>
#include <initializer_list>

#include "common/store/aws_profile_files.h"

namespace walden {
namespace {

// The first variable that is set, else what the profile says.
std::string first_of(const AwsEnvironment& environment, std::initializer_list<const char*> names,
                     const AwsProfile* profile, std::string_view key) {
  for (const char* name : names) {
    if (std::string value = environment.variable(name); !value.empty()) return value;
  }
  return profile == nullptr ? std::string() : profile->text(key);
}

}  // namespace

AwsEnvironment process_environment() {
  return {.variable = [](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::string() : std::string(value);
  }};
}

Result<AwsDefaults> read_aws_defaults(const AwsEnvironment& environment) {
  const AwsProfileFiles files = TRY(AwsProfileFiles::read(environment));
  const AwsProfile* profile = TRY(find_chosen_profile(files, environment));
  return AwsDefaults{
      .region = first_of(environment, {"AWS_REGION", "AWS_DEFAULT_REGION"}, profile, "region"),
      .endpoint = first_of(environment, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}, profile,
                           "endpoint_url"),
      .sts_endpoint = first_of(environment, {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"}, profile,
                               "endpoint_url"),
      .ca_file = first_of(environment, {"AWS_CA_BUNDLE"}, profile, "ca_bundle"),
  };
}

}  // namespace walden
