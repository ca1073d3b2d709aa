// AWS Signature Version 4 (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/store/aws_credentials.h"
#include "common/store/http_client.h"

namespace walden {

// RFC 3986 with AWS's choice of unreserved characters (A-Z a-z 0-9 - . _ ~), upper-case hex.
[[nodiscard]] std::string uri_encode(std::string_view text, bool keep_slashes);

using QueryParameters = std::vector<std::pair<std::string, std::string>>;  // not encoded

// "a=1&b=&c=%20", sorted as the signature wants it; empty for none.
[[nodiscard]] std::string canonical_query(const QueryParameters& parameters);

struct RequestToSign {
  std::string method;
  std::string host;  // with the port, if it is not the scheme's own
  std::string path;  // encoded once, begins with '/'
  QueryParameters query;
  // Signed too, but for those that a proxy on the way may change (user-agent, expect, ...).
  std::vector<HttpHeader> headers;
  std::string payload_sha256;  // lower-case hex, or "UNSIGNED-PAYLOAD"
};

struct SigningScope {
  std::string region;
  std::string service;                         // "s3", "sts"
  std::chrono::system_clock::time_point time;  // by the service's clock
};

// The headers to send: the request's own, x-amz-date, x-amz-content-sha256 (for s3),
// x-amz-security-token (with a session token) and authorization. `host` is left to the client.
[[nodiscard]] std::vector<HttpHeader> sign(const RequestToSign& request, const SigningScope& scope,
                                           const AwsCredentials& credentials);

inline constexpr std::string_view kEmptyPayloadSha256 =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

}  // namespace walden
