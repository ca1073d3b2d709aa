#include "common/alert/webhook.h"

#include <fmt/format.h>

#include "common/program/passphrase.h"
#include "common/store/http_client.h"

namespace walden {
namespace {

// The client names the server with all that stands before its path.
std::string without_login(std::string cause, std::string_view url) {
  const auto end = url.find_first_of("/?#", url.find("://") + 3);
  const std::string_view named = url.substr(0, end);
  if (named.find('@') == std::string_view::npos) return cause;
  const auto at = cause.find(named);
  return at == std::string::npos ? cause : cause.replace(at, named.size(), server_of(url));
}

Result<> perform(HttpRequest request, std::chrono::milliseconds patience) {
  request.limits.connect = patience;
  request.limits.first_byte = patience;
  request.limits.stalled = patience;
  request.limits.total = patience;
  HttpClient client;
  const std::string server = server_of(request.url);
  const auto answer = client.perform(request);
  if (!answer) {
    // The client's own remedies are of S3's settings.
    const std::string remedy = answer.error().kind == ErrorKind::configuration
                                   ? "See the URL, and the server's certificate"
                                   : "";
    return fail(answer.error().kind, without_login(answer.error().cause, request.url), remedy);
  }
  if (answer->status >= 200 && answer->status < 300) return {};
  return fail(answer->status >= 500 || answer->status == 429 ? ErrorKind::transient
                                                             : ErrorKind::configuration,
              fmt::format("{} answered {}", server, answer->status),
              "See whether the URL is still valid");
}

}  // namespace

std::string server_of(std::string_view url) {
  const auto host = url.find("://");
  if (host == std::string_view::npos) return "a malformed URL";
  const std::string_view server = url.substr(0, url.find_first_of("/?#", host + 3));
  const auto at = server.rfind('@');
  if (at == std::string_view::npos) return std::string(server);
  return fmt::format("{}{}", server.substr(0, host + 3), server.substr(at + 1));
}

Result<std::string> webhook_url(const AlertPolicy& policy) {
  if (!policy.webhook.empty()) return policy.webhook;
  const Secret url = TRY(read_passphrase_file(policy.webhook_file, "webhook"));
  return std::string(text_of(url.view()));
}

Result<> post_json(const std::string& url, const std::string& json,
                   std::chrono::milliseconds patience) {
  auto posted = perform(
      {.method = "POST",
       .url = url,
       .headers = {{"content-type", "application/json; charset=utf-8"}, {"user-agent", "walden"}},
       .body = bytes_of(json)},
      patience);
  if (posted) return {};
  return std::unexpected(posted.error().within("the alert's webhook"));
}

Result<> get(const std::string& url, std::chrono::milliseconds patience) {
  auto answered =
      perform({.method = "GET", .url = url, .headers = {{"user-agent", "walden"}}}, patience);
  if (answered) return {};
  return std::unexpected(answered.error().within("the heartbeat"));
}

}  // namespace walden
