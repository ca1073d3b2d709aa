#include "common/store/s3_location.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/store/sigv4.h"

namespace walden {
namespace {

constexpr std::string_view kScheme = "s3://";
constexpr std::string_view kRemedy = "An S3 store is s3://bucket or s3://bucket/prefix";

const std::string& first_set(const std::string& first, const std::string& second) {
  return first.empty() ? second : first;
}

bool is_bucket_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

// Old buckets have capitals and '_'; whatever else is refused is left to the server.
bool is_bucket_name(std::string_view name) {
  return name.size() >= 3 && name.size() <= 255 && std::ranges::all_of(name, is_bucket_character) &&
         name != "..." && !name.starts_with('.');
}

// A wildcard certificate covers one label, and host names know no capitals.
bool fits_a_host_name(std::string_view bucket) {
  return bucket.size() <= 63 && std::ranges::all_of(bucket, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

// What stands before an '@' may be a password; messages go into logs that many can read.
std::string without_secret(std::string_view url) {
  const auto at = url.rfind('@');
  return at == std::string_view::npos ? std::string(url) : fmt::format("…{}", url.substr(at));
}

// "https://host[:port]" without the port that the scheme implies: clients do not send it, and what
// is signed must be what is sent.
Result<std::string> checked_endpoint(std::string endpoint) {
  while (endpoint.ends_with('/')) endpoint.pop_back();
  if (endpoint.empty()) return endpoint;
  const bool tls = endpoint.starts_with("https://");
  const auto host = endpoint.find("://") + 3;
  if ((!tls && !endpoint.starts_with("http://")) || host == endpoint.size() ||
      endpoint.find_first_of("/?#@ ", host) != std::string::npos) {
    return fail(ErrorKind::configuration,
                fmt::format("\"{}\" is not the endpoint of an S3 server", without_secret(endpoint)),
                "An endpoint is https://host or https://host:port, without a path");
  }
  const std::string_view implied = tls ? ":443" : ":80";
  if (endpoint.ends_with(implied)) endpoint.erase(endpoint.size() - implied.size());
  return endpoint;
}

}  // namespace

Result<S3Location> S3Location::make(std::string_view url, const S3Options& options,
                                    const AwsDefaults& defaults) {
  std::string_view rest = url.starts_with(kScheme) ? url.substr(kScheme.size()) : "";
  const auto slash = std::min(rest.find('/'), rest.size());
  S3Location location;
  location.bucket = rest.substr(0, slash);
  rest.remove_prefix(std::min(slash + 1, rest.size()));
  while (rest.ends_with('/')) rest.remove_suffix(1);
  if (!is_bucket_name(location.bucket) || (!rest.empty() && !valid_object_name(rest))) {
    return fail(ErrorKind::configuration,
                fmt::format("\"{}\" is not the URL of a store", without_secret(url)),
                std::string(kRemedy));
  }
  if (!rest.empty()) location.prefix = fmt::format("{}/", rest);
  location.region = first_set(options.region, defaults.region);
  if (location.region.empty()) location.region = "us-east-1";
  location.endpoint = TRY(checked_endpoint(first_set(options.endpoint, defaults.endpoint)));
  location.ca_file = first_set(options.ca_file, defaults.ca_file);
  location.virtual_host = options.addressing == S3Addressing::virtual_host ||
                          (options.addressing == S3Addressing::automatic &&
                           location.endpoint.empty() && fits_a_host_name(location.bucket));
  return location;
}

std::string S3Location::describe() const {
  const auto slash = prefix.empty() ? "" : "/";
  return fmt::format("s3://{}{}{}", bucket, slash,
                     std::string_view(prefix).substr(0, prefix.empty() ? 0 : prefix.size() - 1));
}

std::string S3Location::scheme() const {
  return endpoint.starts_with("http://") ? "http://" : "https://";
}

std::string S3Location::host() const {
  const std::string server = endpoint.empty() ? fmt::format("s3.{}.amazonaws.com{}", region,
                                                            region.starts_with("cn-") ? ".cn" : "")
                                              : endpoint.substr(endpoint.find("://") + 3);
  return virtual_host ? fmt::format("{}.{}", bucket, server) : server;
}

std::string S3Location::path(std::string_view key) const {
  const std::string encoded = uri_encode(key, true);
  return virtual_host ? "/" + encoded
                      : fmt::format("/{}{}{}", bucket, key.empty() ? "" : "/", encoded);
}

}  // namespace walden
