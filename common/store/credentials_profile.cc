#include "common/store/credentials_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "common/store/credentials_answer.h"
#include "common/store/credentials_container.h"
#include "common/store/credentials_environment.h"
#include "common/store/credentials_instance.h"
#include "common/store/credentials_process.h"
#include "common/store/credentials_sts.h"

namespace walden {
namespace {

using Source = Result<std::unique_ptr<CredentialSource>>;

std::unexpected<Error> refuse(const std::string& profile, std::string_view why,
                              std::string remedy = {}) {
  return fail(ErrorKind::configuration, fmt::format("cannot use profile {}: {}", profile, why),
              std::move(remedy));
}

// Read anew each time: a person who puts a new key into the file need not restart anything.
class StaticProfile final : public CredentialSource {
 public:
  StaticProfile(AwsEnvironment environment, std::string profile)
      : environment_(std::move(environment)), profile_(std::move(profile)) {}

  [[nodiscard]] std::string describe() const override { return "profile " + profile_; }

  [[nodiscard]] Result<AwsCredentials> fetch(Deadline /*deadline*/) override {
    const AwsProfileFiles files = TRY(AwsProfileFiles::read(environment_));
    const AwsProfile* profile = TRY(files.get(profile_));
    auto credentials =
        check_credentials({.access_key_id = profile->value("aws_access_key_id"),
                           .secret_access_key = profile->value("aws_secret_access_key"),
                           .session_token = profile->value("aws_session_token")},
                          CredentialLifetime::any);
    if (credentials) return credentials;
    return refuse(profile_, "its keys are incomplete or hold what cannot be sent",
                  "It needs aws_access_key_id and aws_secret_access_key");
  }

 private:
  AwsEnvironment environment_;
  std::string profile_;
};

class Resolver {
 public:
  Resolver(const AwsEnvironment& environment, const AwsProfileFiles& files)
      : environment_(environment), files_(files) {}

  [[nodiscard]] Source resolve(const std::string& name) {
    const AwsProfile* profile = TRY(files_.get(name));
    // A profile may be its own source: then its keys are meant.
    const bool is_own_source = !chain_.empty() && chain_.back() == name;
    if (!is_own_source && std::ranges::find(chain_, name) != chain_.end()) {
      return refuse(name, "it is, through others, its own source_profile");
    }
    chain_.push_back(name);
    if (profile->has("role_arn") && !is_own_source) return resolve_role(name, *profile);
    return resolve_own(name, *profile);
  }

 private:
  [[nodiscard]] Source resolve_own(const std::string& name, const AwsProfile& profile) const {
    if (profile.has("aws_access_key_id") || profile.has("aws_secret_access_key")) {
      if (!profile.has("aws_access_key_id") || !profile.has("aws_secret_access_key")) {
        return refuse(name, "it has one half of a key",
                      "It needs aws_access_key_id and aws_secret_access_key");
      }
      return std::make_unique<StaticProfile>(environment_, name);
    }
    if (profile.has("credential_process")) {
      return process_credentials(profile.value("credential_process"), name);
    }
    if (profile.has("sso_session") || profile.has("sso_start_url")) {
      return refuse(name, "it logs in by single sign-on, which needs a person",
                    fmt::format("Use another profile with: credential_process = aws configure "
                                "export-credentials --profile {}",
                                name));
    }
    return nullptr;
  }

  [[nodiscard]] Source resolve_role(const std::string& name, const AwsProfile& profile) {
    const bool by_profile = profile.has("source_profile");
    const bool by_source = profile.has("credential_source");
    if (!by_profile && !by_source && profile.has("web_identity_token_file")) {
      Role role = TRY(role_of(name, profile));
      StsService service = TRY(find_sts(environment_));
      return web_identity(std::move(role), std::move(service),
                          profile.text("web_identity_token_file"));
    }
    if (profile.has("mfa_serial")) {
      return refuse(name, "its role wants a code (mfa_serial), and there is nobody to ask",
                    "Use a role without mfa_serial, or credential_process");
    }
    if (by_profile == by_source) {
      return refuse(name, "with role_arn it needs either source_profile or credential_source");
    }
    Role role = TRY(role_of(name, profile));
    StsService service = TRY(find_sts(environment_));
    auto base = TRY(by_profile ? resolve_source_profile(name, profile.text("source_profile"))
                               : find_source(name, profile.value("credential_source")));
    return assumed_role(std::move(role), std::move(service), std::move(base));
  }

  [[nodiscard]] Source resolve_source_profile(const std::string& name, const std::string& source) {
    auto base = TRY(resolve(source));
    if (base) return base;
    return refuse(name, fmt::format("its source_profile {} has no credentials", source));
  }

  [[nodiscard]] Source find_source(const std::string& name, std::string_view source) const {
    std::unique_ptr<CredentialSource> found;
    if (source == "Environment") {
      found = TRY(find_environment_credentials(environment_));
    } else if (source == "EcsContainer") {
      found = TRY(find_container_credentials(environment_));
    } else if (source == "Ec2InstanceMetadata") {
      found = find_instance_credentials(environment_,
                                        fmt::format("profile {} wants the instance's role", name));
    } else {
      return refuse(name, "its credential_source is not known",
                    "Known are Environment, Ec2InstanceMetadata and EcsContainer");
    }
    if (found) return found;
    return refuse(name, fmt::format("its credential_source {} gives none here", source));
  }

  [[nodiscard]] static Result<Role> role_of(const std::string& name, const AwsProfile& profile) {
    const std::string_view text = profile.value("duration_seconds");
    int duration = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), duration);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    if (!text.empty() && (!is_number || duration < 900 || duration > 43'200)) {
      return refuse(name, "its duration_seconds is no number from 900 to 43200");
    }
    return Role{profile.text("role_arn"), profile.text("role_session_name"),
                profile.text("external_id"), std::chrono::seconds(duration)};
  }

  const AwsEnvironment& environment_;
  const AwsProfileFiles& files_;
  std::vector<std::string> chain_;
};

}  // namespace

Result<std::unique_ptr<CredentialSource>> find_profile_credentials(
    const AwsEnvironment& environment, const std::string& profile) {
  const AwsProfileFiles files = TRY(AwsProfileFiles::read(environment));
  return Resolver(environment, files).resolve(profile);
}

}  // namespace walden
