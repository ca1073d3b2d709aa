// Where a bucket is: from s3://bucket/prefix, the settings and AWS's own variables to hosts and
// paths. Path style ("host/bucket/key") wherever virtual hosts cannot work: bucket names with dots
// or capitals, and any endpoint that is not Amazon's.
#pragma once

#include <string>
#include <string_view>

#include "common/store/aws_environment.h"
#include "common/store/s3_store.h"

namespace walden {

struct S3Location {
  std::string bucket;
  std::string prefix;  // "" or "prod/": what stands before every object's name
  std::string region;
  std::string endpoint;  // "https://host[:port]"; empty: Amazon's, of the region
  std::string ca_file;
  bool virtual_host = false;

  // ErrorKind::configuration, with what is wrong about the URL or the endpoint.
  [[nodiscard]] static Result<S3Location> make(std::string_view url, const S3Options& options,
                                               const AwsDefaults& defaults);

  [[nodiscard]] std::string describe() const;  // "s3://bucket/prefix"
  [[nodiscard]] std::string scheme() const;    // "https://"
  [[nodiscard]] std::string host() const;      // as it is sent and signed
  // Encoded; of the bucket itself for an empty key.
  [[nodiscard]] std::string path(std::string_view key) const;
};

}  // namespace walden
