#include "common/store/credentials_sts.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "common/bytes/sha256.h"
#include "common/store/credentials_answer.h"
#include "common/store/http_client.h"
#include "common/store/sigv4.h"
#include "common/store/sts_answer.h"

namespace walden {
namespace {

constexpr std::string_view kContentType = "application/x-www-form-urlencoded; charset=utf-8";
constexpr std::string_view kGlobalRegion = "us-east-1";  // what the endpoint without a region is
constexpr HttpLimits kLimits{.first_byte = std::chrono::seconds(10),
                             .stalled = std::chrono::seconds(10),
                             .total = std::chrono::seconds(30),
                             .body = 64U << 10U};

std::string amazon_host(std::string_view region) {
  if (region.empty()) return "sts.amazonaws.com";
  const std::string_view suffix = region.starts_with("cn-") ? ".cn" : "";
  return fmt::format("sts.{}.amazonaws.com{}", region, suffix);
}

// The endpoint's scheme, host and path; what the client would not send must not be signed.
Result<StsService> parse_endpoint(std::string_view url) {
  const auto start = url.find("://");
  const std::string_view scheme = url.substr(0, start);
  std::string_view host = start == std::string_view::npos ? "" : url.substr(start + 3);
  const auto host_end = std::min(host.find('/'), host.size());
  const std::string_view path = host.substr(host_end);
  host = host.substr(0, host_end);
  const std::string_view default_port = scheme == "http" ? ":80" : ":443";
  if (host.ends_with(default_port)) host.remove_suffix(default_port.size());
  const bool good_scheme = scheme == "http" || scheme == "https";
  if (!good_scheme || host.empty() || url.find_first_of("@?# ") != std::string_view::npos) {
    return fail(ErrorKind::configuration, "the endpoint of STS is no URL of a service",
                "AWS_ENDPOINT_URL_STS is a URL such as https://sts.example.com");
  }
  StsService service{.host = std::string(host), .path = path.empty() ? "/" : std::string(path)};
  service.url = fmt::format("{}://{}{}", scheme, service.host, service.path);
  return service;
}

QueryParameters parameters_of(std::string_view action, const Role& role) {
  QueryParameters parameters{
      {"Action", std::string(action)},
      {"Version", "2011-06-15"},
      {"RoleArn", role.arn},
      {"RoleSessionName", role.session_name.empty() ? "walden" : role.session_name}};
  if (role.duration.count() != 0) {
    parameters.emplace_back("DurationSeconds", std::to_string(role.duration.count()));
  }
  if (!role.external_id.empty()) parameters.emplace_back("ExternalId", role.external_id);
  return parameters;
}

class AssumedRole final : public CredentialSource {
 public:
  AssumedRole(Role role, StsService service, std::unique_ptr<CredentialSource> base)
      : role_(std::move(role)),
        service_(std::move(service)),
        base_(std::move(base)),
        client_({.ca_file = service_.ca_file}) {}

  [[nodiscard]] std::string describe() const override {
    return fmt::format("role {}, assumed with {}", role_.arn, base_->describe());
  }

  [[nodiscard]] Result<AwsCredentials> fetch(Deadline deadline) override {
    const auto base = base_->fetch(deadline);
    auto credentials = base ? assume(*base, deadline) : std::unexpected(base.error());
    if (credentials) return credentials;
    return std::unexpected(credentials.error().within("cannot assume " + role_.arn));
  }

 private:
  [[nodiscard]] Result<AwsCredentials> assume(const AwsCredentials& base, Deadline deadline) {
    const std::string action = "AssumeRole";
    const std::string body = canonical_query(parameters_of(action, role_));
    const RequestToSign to_sign{.method = "POST",
                                .host = service_.host,
                                .path = service_.path,
                                .headers = {{"content-type", std::string(kContentType)}},
                                .payload_sha256 = to_hex(Sha256::of(bytes_of(body)))};
    const SigningScope scope{service_.region, "sts", std::chrono::system_clock::now()};
    HttpResponse response = TRY(client_.perform({.method = "POST",
                                                 .url = service_.url,
                                                 .headers = sign(to_sign, scope, base),
                                                 .body = bytes_of(body),
                                                 .limits = until(deadline, kLimits)}));
    return parse_sts_answer(
        response, action,
        {text_of(base.secret_access_key.view()), text_of(base.session_token.view())});
  }

  Role role_;
  StsService service_;
  std::unique_ptr<CredentialSource> base_;
  HttpClient client_;
};

class WebIdentity final : public CredentialSource {
 public:
  WebIdentity(Role role, StsService service, std::string token_file)
      : role_(std::move(role)),
        service_(std::move(service)),
        token_file_(std::move(token_file)),
        client_({.ca_file = service_.ca_file}) {}

  [[nodiscard]] std::string describe() const override {
    return fmt::format("role {}, by the web identity in {}", role_.arn, token_file_);
  }

  [[nodiscard]] Result<AwsCredentials> fetch(Deadline deadline) override {
    auto credentials = assume(deadline);
    if (credentials) return credentials;
    return std::unexpected(
        credentials.error().within(fmt::format("cannot assume {} by web identity", role_.arn)));
  }

 private:
  [[nodiscard]] Result<AwsCredentials> assume(Deadline deadline) {
    const std::string action = "AssumeRoleWithWebIdentity";
    const Secret token = TRY(read_token_file(token_file_));
    const Secret body = form_with(token, parameters_of(action, role_));
    HttpResponse response =
        TRY(client_.perform({.method = "POST",
                             .url = service_.url,
                             .headers = {{"content-type", std::string(kContentType)}},
                             .body = body.view(),
                             .limits = until(deadline, kLimits)}));
    return parse_sts_answer(response, action, {text_of(token.view())});
  }

  [[nodiscard]] static Secret form_with(const Secret& token, const QueryParameters& parameters) {
    std::string encoded = uri_encode(text_of(token.view()), false);
    std::string form = fmt::format("{}&WebIdentityToken={}", canonical_query(parameters), encoded);
    Secret secret = Secret::copy_of(bytes_of(form));
    ::OPENSSL_cleanse(encoded.data(), encoded.size());
    ::OPENSSL_cleanse(form.data(), form.size());
    return secret;
  }

  Role role_;
  StsService service_;
  std::string token_file_;
  HttpClient client_;
};

}  // namespace

Result<StsService> find_sts(const AwsEnvironment& environment) {
  const AwsDefaults defaults = TRY(read_aws_defaults(environment));
  const std::string url = defaults.sts_endpoint.empty() ? "https://" + amazon_host(defaults.region)
                                                        : defaults.sts_endpoint;
  StsService service = TRY(parse_endpoint(url));
  service.region = defaults.region.empty() ? std::string(kGlobalRegion) : defaults.region;
  service.ca_file = environment.ca_file.empty() ? defaults.ca_file : environment.ca_file;
  return service;
}

std::unique_ptr<CredentialSource> assumed_role(Role role, StsService service,
                                               std::unique_ptr<CredentialSource> base) {
  return std::make_unique<AssumedRole>(std::move(role), std::move(service), std::move(base));
}

std::unique_ptr<CredentialSource> web_identity(Role role, StsService service,
                                               std::string token_file) {
  return std::make_unique<WebIdentity>(std::move(role), std::move(service), std::move(token_file));
}

}  // namespace walden
