#include "common/store/credentials_answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/bytes/files.h"
#include "common/store/iso_time.h"
#include "common/store/secret_json.h"

namespace walden {
namespace {

constexpr std::size_t kLongestToken = 64U << 10U;

std::unexpected<Error> malformed(std::string what) {
  return fail(ErrorKind::transient, std::move(what));
}

Result<> check_field(std::string_view name, std::string_view value) {
  if (value.empty()) return malformed(fmt::format("the answer has no {}", name));
  if (fits_a_header(value)) return {};
  return malformed(fmt::format("the answer's {} holds what cannot be sent", name));
}

Result<SecretJson> parse_object(ByteView text) {
  SecretJson json = SecretJson::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_object()) return json;
  return malformed("the answer is no JSON object");
}

std::string_view field(const SecretJson& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || !found->is_string()) return {};
  return found->get_ref<const WipedString&>();
}

}  // namespace

Result<AwsCredentials> check_credentials(const CredentialFields& fields,
                                         CredentialLifetime lifetime) {
  TRY(check_field("access key id", fields.access_key_id));
  TRY(check_field("secret access key", fields.secret_access_key));
  if (lifetime == CredentialLifetime::limited || !fields.session_token.empty()) {
    TRY(check_field("session token", fields.session_token));
  }
  AwsCredentials credentials{
      std::string(fields.access_key_id), Secret::copy_of(bytes_of(fields.secret_access_key)),
      Secret::copy_of(bytes_of(fields.session_token)), parse_iso_time(fields.expiration)};
  // Taken for credentials without end, they would be found out in the middle of an upload.
  if (!credentials.expires &&
      (lifetime == CredentialLifetime::limited || !fields.expiration.empty())) {
    return malformed("the answer does not say when the credentials expire");
  }
  return credentials;
}

Result<AwsCredentials> parse_service_credentials(ByteView text) {
  const SecretJson json = TRY(parse_object(text));
  if (const std::string_view code = field(json, "Code"); !code.empty() && code != "Success") {
    return fail(ErrorKind::denied, fmt::format("the service answered {}", error_code(code)));
  }
  return check_credentials({field(json, "AccessKeyId"), field(json, "SecretAccessKey"),
                            field(json, "Token"), field(json, "Expiration")},
                           CredentialLifetime::limited);
}

Result<AwsCredentials> parse_process_credentials(ByteView text) {
  const SecretJson json = TRY(parse_object(text));
  const auto version = json.find("Version");
  if (version == json.end() || !version->is_number_integer() || *version != 1) {
    return malformed("the answer is not of Version 1");
  }
  return check_credentials({field(json, "AccessKeyId"), field(json, "SecretAccessKey"),
                            field(json, "SessionToken"), field(json, "Expiration")},
                           CredentialLifetime::any);
}

std::string error_code(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  const bool plausible =
      !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.';
      });
  return plausible ? std::string(text) : std::string();
}

ErrorKind kind_of_status(int status) {
  if (status == 401 || status == 403) return ErrorKind::denied;
  if (status == 408 || status == 429 || status >= 500) return ErrorKind::transient;
  return ErrorKind::configuration;
}

HttpLimits until(Deadline deadline, HttpLimits limits) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
  limits.total = std::clamp(left, milliseconds(1), limits.total);  // 0 would be none
  return limits;
}

bool fits_a_header(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return c > ' ' && c <= '~'; });
}

Result<Secret> read_token_file(const std::string& path) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorKind::configuration, fmt::format("cannot use the token in {}: {}", path, why));
  };
  const auto file = open_for_reading(path);
  if (!file) return refuse(file.error().cause);
  Secret content(kLongestToken);
  const auto count = read_some(file->get(), content.writable(), path);
  if (!count) return refuse(count.error().cause);
  std::string_view token = text_of(content.view().first(*count));
  token = token.substr(0, token.find_last_not_of("\r\n") + 1);
  if (token.empty()) return refuse("it is empty");
  if (*count == kLongestToken) return refuse("it is too long for one");
  if (!fits_a_header(token)) return refuse("it is none");
  return Secret::copy_of(bytes_of(token));
}

}  // namespace walden
