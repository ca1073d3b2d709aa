#include "common/store/credentials_instance.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/store/credentials_answer.h"
#include "common/store/http_client.h"
#include "common/store/sigv4.h"

namespace walden {
namespace {

constexpr std::string_view kRoles = "/latest/meta-data/iam/security-credentials/";
// A host without the service must not wait long for it; and a token whose answer may not cross one
// more hop, into a container, never comes.
constexpr HttpLimits kLimits{.connect = std::chrono::seconds(1),
                             .first_byte = std::chrono::seconds(2),
                             .stalled = std::chrono::seconds(5),
                             .total = std::chrono::seconds(10),
                             .body = 64U << 10U};

std::string base_url(const AwsEnvironment& environment) {
  std::string url = environment.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (url.empty()) {
    const std::string mode = environment.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    const bool ipv6 = mode == "IPv6" || mode == "ipv6";
    url = ipv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
  }
  while (url.ends_with('/')) url.pop_back();
  return url;
}

class InstanceCredentials final : public CredentialSource {
 public:
  InstanceCredentials(std::string url, std::string looked_at)
      : url_(std::move(url)), looked_at_(std::move(looked_at)), client_({.use_proxy = false}) {}

  [[nodiscard]] std::string describe() const override { return "the instance's role"; }

  [[nodiscard]] Result<AwsCredentials> fetch(Deadline deadline) override {
    deadline_ = deadline;
    const HttpHeader token = TRY(fetch_token());
    const std::string role = TRY(fetch_role(token));
    auto credentials = fetch_of_role(role, token);
    if (credentials) return credentials;
    return std::unexpected(
        credentials.error().within("cannot get the credentials of instance role " + role));
  }

 private:
  [[nodiscard]] Result<HttpHeader> fetch_token() {
    const HttpRequest request{.method = "PUT",
                              .url = url_ + "/latest/api/token",
                              .headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "300"}},
                              .limits = until(deadline_, kLimits)};
    // Also when the answer then breaks off: there is a service.
    auto response = client_.perform(request, [this](const HttpResponse&) -> Result<ByteSink*> {
      has_answered_ = true;
      return nullptr;
    });
    // Where nobody had time to wait, nothing is known.
    const bool in_time = std::chrono::steady_clock::now() < deadline_;
    const bool silent = !response && response.error().kind == ErrorKind::transient;
    if (silent && !has_answered_ && in_time) {
      return no_credentials(
          fmt::format("{}, no instance metadata service ({})", looked_at_, response.error().cause));
    }
    if (!response) return std::unexpected(response.error().within("instance metadata"));
    if (response->status != 200) return refused("a token", response->status);
    const std::string_view token = response->text();
    if (token.empty() || !fits_a_header(token)) {
      return fail(ErrorKind::transient, "instance metadata: what was answered is no token");
    }
    return HttpHeader{"x-aws-ec2-metadata-token", std::string(token)};
  }

  // The first of the roles, one a line; there is one at most.
  [[nodiscard]] Result<std::string> fetch_role(const HttpHeader& token) {
    const HttpResponse response = TRY(get(kRoles, token));
    if (response.status == 404) {
      return no_credentials(fmt::format("{}, and this instance has no role", looked_at_));
    }
    if (response.status != 200) return refused("the instance's role", response.status);
    const std::string_view text = response.text();
    const std::string_view role = text.substr(0, text.find_first_of("\r\n"));
    constexpr std::size_t kLongest = 128;
    const bool is_name = std::ranges::all_of(role, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             std::string_view("_+=,.@-").contains(c);
    });
    if (!role.empty() && role.size() <= kLongest && is_name) return std::string(role);
    return fail(ErrorKind::transient, "instance metadata: what was answered is no name of a role");
  }

  [[nodiscard]] Result<AwsCredentials> fetch_of_role(const std::string& role,
                                                     const HttpHeader& token) {
    const HttpResponse response = TRY(get(std::string(kRoles) + uri_encode(role, false), token));
    if (response.status == 200) return parse_service_credentials(response.body.view());
    return fail(kind_of_status(response.status),
                fmt::format("the metadata service answered {}", response.status));
  }

  [[nodiscard]] Result<HttpResponse> get(std::string_view path, const HttpHeader& token) {
    auto response = client_.perform({.method = "GET",
                                     .url = url_ + std::string(path),
                                     .headers = {token},
                                     .limits = until(deadline_, kLimits)});
    if (response) return response;
    return std::unexpected(response.error().within("instance metadata"));
  }

  [[nodiscard]] std::unexpected<Error> refused(std::string_view what, int status) const {
    return fail(kind_of_status(status),
                fmt::format("no credentials: {} answered {} when asked for {}", url_, status, what),
                "Allow the instance metadata service (IMDSv2), or name other credentials");
  }

  std::string url_;
  std::string looked_at_;
  bool has_answered_ = false;
  Deadline deadline_;  // of the fetch that is under way
  HttpClient client_;
};

}  // namespace

std::unique_ptr<CredentialSource> find_instance_credentials(const AwsEnvironment& environment,
                                                            std::string looked_at) {
  const std::string disabled = environment.variable("AWS_EC2_METADATA_DISABLED");
  if (disabled == "true" || disabled == "TRUE" || disabled == "True") return nullptr;
  return std::make_unique<InstanceCredentials>(base_url(environment), std::move(looked_at));
}

std::unexpected<Error> no_credentials(std::string_view looked_at) {
  return fail(ErrorKind::configuration, fmt::format("no credentials were found: {}", looked_at),
              "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile (AWS_PROFILE)");
}

}  // namespace walden
