#include "common/store/sigv4.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <map>

#include "common/bytes/key_derivation.h"
#include "common/bytes/sha256.h"

namespace walden {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kUnreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
// What a proxy or the HTTP client itself may change or leave out on the way.
constexpr std::array<std::string_view, 7> kUnsigned{
    "accept-encoding", "authorization",     "connection",     "expect",
    "user-agent",      "transfer-encoding", "x-amzn-trace-id"};

using CanonicalHeaders = std::map<std::string, std::string>;

// Trimmed, and each run of blanks one space.
std::string canonical_value(std::string_view value) {
  std::string canonical;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank) canonical.push_back(c);
    if (blank && !canonical.empty() && canonical.back() != ' ') canonical.push_back(' ');
  }
  if (canonical.ends_with(' ')) canonical.pop_back();
  return canonical;
}

CanonicalHeaders canonical_headers(std::string_view host, const std::vector<HttpHeader>& headers) {
  CanonicalHeaders canonical{{"host", canonical_value(host)}};
  for (const HttpHeader& header : headers) {
    if (std::ranges::find(kUnsigned, header.name) != kUnsigned.end()) continue;
    const auto [place, is_new] = canonical.try_emplace(header.name, canonical_value(header.value));
    if (!is_new) place->second += "," + canonical_value(header.value);
  }
  return canonical;
}

std::string signed_names(const CanonicalHeaders& headers) {
  std::string names;
  for (const auto& [name, value] : headers) {
    if (!names.empty()) names.push_back(';');
    names += name;
  }
  return names;
}

std::string canonical_request(const RequestToSign& request, const CanonicalHeaders& headers) {
  std::string text =
      fmt::format("{}\n{}\n{}\n", request.method, request.path, canonical_query(request.query));
  for (const auto& [name, value] : headers) text += fmt::format("{}:{}\n", name, value);
  return text + fmt::format("\n{}\n{}", signed_names(headers), request.payload_sha256);
}

Secret keyed(ByteView key, std::string_view message) {
  Digest mac = hmac_sha256(key, bytes_of(message));
  Secret derived = Secret::copy_of(mac);
  ::OPENSSL_cleanse(mac.data(), mac.size());
  return derived;
}

Secret signing_key(const Secret& secret_access_key, std::string_view day,
                   const SigningScope& scope) {
  constexpr std::string_view kPrefix = "AWS4";
  Secret root(kPrefix.size() + secret_access_key.size());
  const auto rest = std::ranges::copy(bytes_of(kPrefix), root.writable().begin()).out;
  std::ranges::copy(secret_access_key.view(), rest);
  const Secret dated = keyed(root.view(), day);
  const Secret regional = keyed(dated.view(), scope.region);
  const Secret serving = keyed(regional.view(), scope.service);
  return keyed(serving.view(), "aws4_request");
}

std::string authorization(const RequestToSign& request, const std::vector<HttpHeader>& headers,
                          std::string_view moment, const SigningScope& scope,
                          const AwsCredentials& credentials) {
  const CanonicalHeaders canonical = canonical_headers(request.host, headers);
  const std::string_view day = moment.substr(0, 8);
  const std::string range = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, moment, range,
                  to_hex(Sha256::of(bytes_of(canonical_request(request, canonical)))));
  const Secret key = signing_key(credentials.secret_access_key, day, scope);
  return fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                     credentials.access_key_id, range, signed_names(canonical),
                     to_hex(hmac_sha256(key.view(), bytes_of(to_sign))));
}

}  // namespace

std::string uri_encode(std::string_view text, bool keep_slashes) {
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (kUnreserved.contains(c) || (c == '/' && keep_slashes)) {
      encoded.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<std::uint8_t>(c));
    }
  }
  return encoded;
}

std::string canonical_query(const QueryParameters& parameters) {
  // Sorted after encoding, by name and then value: "Param=" as a whole would sort after "Param-3=".
  QueryParameters encoded;
  encoded.reserve(parameters.size());
  for (const auto& [name, value] : parameters) {
    encoded.emplace_back(uri_encode(name, false), uri_encode(value, false));
  }
  std::ranges::sort(encoded);
  std::string query;
  for (const auto& [name, value] : encoded) {
    if (!query.empty()) query.push_back('&');
    query += fmt::format("{}={}", name, value);
  }
  return query;
}

std::vector<HttpHeader> sign(const RequestToSign& request, const SigningScope& scope,
                             const AwsCredentials& credentials) {
  const std::string moment =
      fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(
                                           std::chrono::floor<std::chrono::seconds>(scope.time))));
  std::vector<HttpHeader> headers = request.headers;
  headers.push_back({"x-amz-date", moment});
  if (scope.service == "s3") headers.push_back({"x-amz-content-sha256", request.payload_sha256});
  if (credentials.session_token.size() != 0) {
    headers.push_back(
        {"x-amz-security-token", std::string(text_of(credentials.session_token.view()))});
  }
  std::string signature = authorization(request, headers, moment, scope, credentials);
  headers.push_back({"authorization", std::move(signature)});
  return headers;
}

}  // namespace walden
