#include "common/store/sts_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <pugixml.hpp>

#include "common/store/credentials_answer.h"

namespace walden {
namespace {

constexpr std::array<std::string_view, 6> kTransientCodes{
    "Throttling",         "ThrottlingException", "RequestLimitExceeded",
    "ServiceUnavailable", "InternalFailure",     "IDPCommunicationError"};
constexpr std::array<std::string_view, 3> kConfigurationCodes{"RegionDisabledException",
                                                              "ValidationError", "InvalidAction"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& codes, std::string_view code) {
  return std::ranges::find(codes, code) != codes.end();
}

// The first line, if it is fit to be shown: a refused signature is answered with the whole request,
// session token included, in the lines below.
std::string shown_message(std::string_view message,
                          std::initializer_list<std::string_view> secrets) {
  constexpr std::size_t kLongest = 300;
  message = message.substr(0, message.find_first_of("\r\n"));
  const bool printable = std::ranges::all_of(message, [](char c) { return c >= ' ' && c <= '~'; });
  const bool holds_secret = std::ranges::any_of(secrets, [&](std::string_view secret) {
    return !secret.empty() && message.contains(secret);
  });
  if (message.empty() || message.size() > kLongest || !printable || holds_secret) return {};
  return fmt::format(": {}", message);
}

ErrorKind kind_of(int status, std::string_view code) {
  if (contains(kTransientCodes, code)) return ErrorKind::transient;
  if (contains(kConfigurationCodes, code)) return ErrorKind::configuration;
  // 400 is how it refuses a token or a key, too.
  return status == 400 && !code.empty() ? ErrorKind::denied : kind_of_status(status);
}

std::string_view text_in(const pugi::xml_node& parent, const char* name) {
  return parent.child_value(name);
}

std::unexpected<Error> refusal(int status, const pugi::xml_node& error,
                               std::initializer_list<std::string_view> secrets) {
  const std::string code = error_code(text_in(error, "Code"));
  const ErrorKind kind = kind_of(status, code);
  std::string cause = fmt::format("{} {}", status, code.empty() ? "without a reason" : code);
  cause += shown_message(text_in(error, "Message"), secrets);
  return fail(kind, std::move(cause),
              kind == ErrorKind::denied
                  ? "The role's trust policy must let this identity assume it; see the role's ARN "
                    "and this host's clock, too"
                  : "");
}

}  // namespace

Result<AwsCredentials> parse_sts_answer(HttpResponse& response, const std::string& action,
                                        std::initializer_list<std::string_view> secrets) {
  pugi::xml_document document;
  const auto body = response.body.writable();
  const bool is_xml = static_cast<bool>(document.load_buffer_inplace(
      body.data(), body.size(), pugi::parse_default, pugi::encoding_utf8));
  if (response.status != 200) {
    return refusal(response.status, document.child("ErrorResponse").child("Error"), secrets);
  }
  const pugi::xml_node found = document.child((action + "Response").c_str())
                                   .child((action + "Result").c_str())
                                   .child("Credentials");
  if (!is_xml || !found) return fail(ErrorKind::transient, "the answer holds no credentials");
  return check_credentials({text_in(found, "AccessKeyId"), text_in(found, "SecretAccessKey"),
                            text_in(found, "SessionToken"), text_in(found, "Expiration")},
                           CredentialLifetime::limited);
}

}  // namespace walden
