#include "common/store/credentials_environment.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include "common/store/credentials_answer.h"

namespace walden {
namespace {

constexpr const char* kId = "AWS_ACCESS_KEY_ID";
constexpr const char* kKey = "AWS_SECRET_ACCESS_KEY";
constexpr const char* kToken = "AWS_SESSION_TOKEN";

Secret secret_variable(const AwsEnvironment& environment, const char* name) {
  std::string value = environment.variable(name);
  Secret secret = Secret::copy_of(bytes_of(value));
  ::OPENSSL_cleanse(value.data(), value.size());
  return secret;
}

class EnvironmentCredentials final : public CredentialSource {
 public:
  explicit EnvironmentCredentials(AwsEnvironment environment)
      : environment_(std::move(environment)) {}

  [[nodiscard]] std::string describe() const override {
    return std::string(kEnvironmentCredentials);
  }

  [[nodiscard]] Result<AwsCredentials> fetch(Deadline /*deadline*/) override {
    AwsCredentials credentials{environment_.variable(kId), secret_variable(environment_, kKey),
                               secret_variable(environment_, kToken), std::nullopt};
    for (const std::string_view value :
         {std::string_view(credentials.access_key_id), text_of(credentials.session_token.view())}) {
      if (fits_a_header(value)) continue;
      return fail(ErrorKind::configuration,
                  fmt::format("{} or {} holds what cannot be sent (a blank?)", kId, kToken));
    }
    return credentials;
  }

 private:
  AwsEnvironment environment_;
};

}  // namespace

Result<std::unique_ptr<CredentialSource>> find_environment_credentials(
    const AwsEnvironment& environment) {
  const bool has_id = !environment.variable(kId).empty();
  const bool has_key = secret_variable(environment, kKey).size() != 0;
  if (!has_id && !has_key) return nullptr;
  if (has_id && has_key) return std::make_unique<EnvironmentCredentials>(environment);
  return fail(ErrorKind::configuration,
              fmt::format("{} is set, but {} is not", has_id ? kId : kKey, has_id ? kKey : kId),
              "Set both, or neither");
}

}  // namespace walden
