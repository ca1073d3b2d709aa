#include "common/store/credentials_container.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/store/credentials_answer.h"
#include "common/store/http_client.h"

namespace walden {
namespace {

constexpr const char* kRelative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* kFull = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr const char* kToken = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr const char* kTokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
constexpr HttpLimits kLimits{.connect = std::chrono::seconds(1),
                             .first_byte = std::chrono::seconds(5),
                             .stalled = std::chrono::seconds(5),
                             .total = std::chrono::seconds(15),
                             .body = 64U << 10U};

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

std::string part_of(const Url& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool is_allowed_without_tls(const std::string& host) {
  constexpr std::array<std::string_view, 5> kNames{"localhost", "169.254.170.2", "169.254.170.23",
                                                   "[::1]", "[fd00:ec2::23]"};
  if (std::ranges::find(kNames, host) != kNames.end()) return true;
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 &&
         (::ntohl(address.s_addr) >> 24U) == 127;
}

// Taken apart by the library that will use it, so that both mean the same host.
Result<> check_full_url(const std::string& text) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorKind::configuration, fmt::format("cannot use {}: {}", kFull, why),
                "It is an https URL, or one of this host or the container service");
  };
  const Url url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    return refuse("it is no URL");
  }
  const std::string scheme = part_of(url, CURLUPART_SCHEME);
  const std::string host = part_of(url, CURLUPART_HOST);
  if (!part_of(url, CURLUPART_USER).empty()) return refuse("it names a user");
  if (scheme == "https") return {};
  if (scheme != "http") return refuse("it is neither http nor https");
  if (is_allowed_without_tls(host)) return {};
  return refuse(fmt::format("without TLS, {} is not to be trusted with the token", host));
}

class ContainerCredentials final : public CredentialSource {
 public:
  ContainerCredentials(AwsEnvironment environment, std::string url, std::string ca_file)
      : environment_(std::move(environment)),
        url_(std::move(url)),
        client_({.ca_file = std::move(ca_file), .use_proxy = false}) {}

  [[nodiscard]] std::string describe() const override { return "the container's role"; }

  [[nodiscard]] Result<AwsCredentials> fetch(Deadline deadline) override {
    auto credentials = ask(deadline);
    if (credentials) return credentials;
    return std::unexpected(credentials.error().within("cannot get the container's credentials"));
  }

 private:
  [[nodiscard]] Result<AwsCredentials> ask(Deadline deadline) {
    auto said = TRY(headers());
    const HttpRequest request{.method = "GET",
                              .url = url_,
                              .headers = std::move(said),
                              .limits = until(deadline, kLimits)};
    const HttpResponse response = TRY(client_.perform(request));
    if (response.status == 200) return parse_service_credentials(response.body.view());
    return fail(kind_of_status(response.status),
                fmt::format("the service answered {}", response.status),
                fmt::format("See {} and {}, and the role of the task or pod", kRelative, kFull));
  }

  [[nodiscard]] Result<std::vector<HttpHeader>> headers() const {
    std::string token = environment_.variable(kToken);
    if (const std::string file = environment_.variable(kTokenFile); !file.empty()) {
      const Secret read = TRY(read_token_file(file));
      token = text_of(read.view());
    }
    std::vector<HttpHeader> headers{{"accept", "application/json"}};
    // "Basic ..." has a blank.
    const bool sendable = std::ranges::all_of(token, [](char c) { return c >= ' ' && c <= '~'; });
    if (!sendable) return fail(ErrorKind::configuration, fmt::format("{} is no token", kToken));
    if (!token.empty()) headers.push_back({"authorization", std::move(token)});
    return headers;
  }

  AwsEnvironment environment_;
  std::string url_;
  HttpClient client_;
};

}  // namespace

Result<std::string> container_url(const AwsEnvironment& environment) {
  if (const std::string path = environment.variable(kRelative); !path.empty()) {
    if (path.starts_with('/') && fits_a_header(path)) return "http://169.254.170.2" + path;
    return fail(ErrorKind::configuration, fmt::format("cannot use {}: it is no path", kRelative));
  }
  std::string url = environment.variable(kFull);
  if (!url.empty()) TRY(check_full_url(url));
  return url;
}

Result<std::unique_ptr<CredentialSource>> find_container_credentials(
    const AwsEnvironment& environment) {
  std::string url = TRY(container_url(environment));
  if (url.empty()) return nullptr;
  std::string ca_file = environment.ca_file;
  if (ca_file.empty()) ca_file = environment.variable("AWS_CA_BUNDLE");
  return std::make_unique<ContainerCredentials>(environment, std::move(url), std::move(ca_file));
}

}  // namespace walden
