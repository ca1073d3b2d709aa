#include <fmt/format.h>

#include "common/store/aws_credentials.h"
#include "common/store/aws_profile_files.h"
#include "common/store/credentials_container.h"
#include "common/store/credentials_environment.h"
#include "common/store/credentials_instance.h"
#include "common/store/credentials_profile.h"
#include "common/store/credentials_sts.h"

namespace walden {
namespace {

using Source = Result<std::unique_ptr<CredentialSource>>;

// AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN; null without the first.
Source find_web_identity(const AwsEnvironment& environment) {
  std::string token_file = environment.variable("AWS_WEB_IDENTITY_TOKEN_FILE");
  if (token_file.empty()) return nullptr;
  Role role{.arn = environment.variable("AWS_ROLE_ARN"),
            .session_name = environment.variable("AWS_ROLE_SESSION_NAME")};
  if (role.arn.empty()) {
    return fail(ErrorKind::configuration,
                "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not", "Set both");
  }
  StsService service = TRY(find_sts(environment));
  return web_identity(std::move(role), std::move(service), std::move(token_file));
}

// Of the chosen profile; null when none was named and there is no [default].
Source find_chosen(const AwsEnvironment& environment, const AwsProfileFiles& files) {
  const ChosenProfile chosen = chosen_profile(environment);
  if (!chosen.named && files.find(chosen.name) == nullptr) return nullptr;
  return find_profile_credentials(environment, chosen.name);
}

std::string looked_at(const AwsEnvironment& environment, const AwsProfileFiles& files) {
  return fmt::format(
      "AWS_ACCESS_KEY_ID is not set, no credentials for profile {} in {}, "
      "AWS_WEB_IDENTITY_TOKEN_FILE is not set, AWS_CONTAINER_CREDENTIALS_* is not set",
      chosen_profile(environment).name, files.where());
}

}  // namespace

Result<std::unique_ptr<CredentialSource>> find_credentials(const AwsEnvironment& environment) {
  const bool only_profile = !environment.profile.empty();
  if (!only_profile) {
    if (auto found = TRY(find_environment_credentials(environment))) return found;
  }
  const AwsProfileFiles files = TRY(AwsProfileFiles::read(environment));
  if (auto found = TRY(find_chosen(environment, files))) return found;
  if (only_profile) {
    return fail(
        ErrorKind::configuration,
        fmt::format("profile {} in {} has no credentials", environment.profile, files.where()),
        "It needs aws_access_key_id and aws_secret_access_key, role_arn or "
        "credential_process");
  }
  if (auto found = TRY(find_web_identity(environment))) return found;
  if (auto found = TRY(find_container_credentials(environment))) return found;
  std::string in_vain = looked_at(environment, files);
  if (auto found = find_instance_credentials(environment, in_vain)) return found;
  return no_credentials(in_vain + ", AWS_EC2_METADATA_DISABLED is set");
}

}  // namespace walden
