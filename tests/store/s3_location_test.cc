// Which host and path a bucket's URL leads to.
#include "common/store/s3_location.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

S3Location at(std::string_view url, const S3Options& options = {},
              const AwsDefaults& defaults = {}) {
  auto location = S3Location::make(url, options, defaults);
  EXPECT_TRUE(location) << location.error().cause;
  return location.value_or(S3Location{});
}

ErrorKind refusal(std::string_view url, const S3Options& options = {}) {
  const auto location = S3Location::make(url, options, {});
  EXPECT_FALSE(location) << url;
  return location ? ErrorKind::absent : location.error().kind;
}

TEST(S3Location, NamesABucketOfAmazonByItsHost) {
  const auto location = at("s3://acme-pg/prod", {.region = "eu-central-1"});
  EXPECT_EQ(location.scheme() + location.host(), "https://acme-pg.s3.eu-central-1.amazonaws.com");
  EXPECT_EQ(location.path("prod/a b"), "/prod/a%20b");
  EXPECT_EQ(location.path(""), "/");
}

TEST(S3Location, KnowsTheHostsOfChina) {
  EXPECT_EQ(at("s3://acme-pg", {.region = "cn-north-1"}).host(),
            "acme-pg.s3.cn-north-1.amazonaws.com.cn");
}

TEST(S3Location, NamesABucketByItsPathWhereNoHostNameCanHoldIt) {
  for (const auto* bucket : {"acme.pg", "AcmePg", "acme_pg"}) {
    const auto location = at(std::string("s3://") + bucket);
    EXPECT_EQ(location.host(), "s3.us-east-1.amazonaws.com") << bucket;
    EXPECT_EQ(location.path("a/b"), std::string("/") + bucket + "/a/b");
    EXPECT_EQ(location.path(""), std::string("/") + bucket);
  }
}

TEST(S3Location, NamesABucketByItsPathOnOtherServersUnlessTold) {
  const auto by_path = at("s3://acme", {.endpoint = "https://minio.example:9000/"});
  EXPECT_EQ(by_path.host(), "minio.example:9000");
  EXPECT_EQ(by_path.path("a"), "/acme/a");
  const auto by_host =
      at("s3://acme", {.endpoint = "https://s3.example", .addressing = S3Addressing::virtual_host});
  EXPECT_EQ(by_host.host(), "acme.s3.example");
}

TEST(S3Location, LeavesOutThePortThatTheSchemeImplies) {
  EXPECT_EQ(at("s3://acme", {.endpoint = "https://s3.example:443"}).host(), "s3.example");
  EXPECT_EQ(at("s3://acme", {.endpoint = "http://s3.example:80"}).host(), "s3.example");
  EXPECT_EQ(at("s3://acme", {.endpoint = "http://s3.example:443"}).host(), "s3.example:443");
}

TEST(S3Location, PutsItsOwnSettingsBeforeTheVariables) {
  const AwsDefaults variables{.region = "r1", .endpoint = "https://e1", .ca_file = "/ca1"};
  const auto theirs = at("s3://acme", {}, variables);
  EXPECT_EQ(theirs.region + " " + theirs.host() + " " + theirs.ca_file, "r1 e1 /ca1");
  const auto ours =
      at("s3://acme", {.endpoint = "https://e2", .region = "r2", .ca_file = "/ca2"}, variables);
  EXPECT_EQ(ours.region + " " + ours.host() + " " + ours.ca_file, "r2 e2 /ca2");
}

TEST(S3Location, DescribesItselfAsItWasGiven) {
  EXPECT_EQ(at("s3://acme").describe(), "s3://acme");
  EXPECT_EQ(at("s3://acme/").describe(), "s3://acme");
  EXPECT_EQ(at("s3://acme/prod/eu/").describe(), "s3://acme/prod/eu");
  EXPECT_EQ(at("s3://acme/prod/eu").prefix, "prod/eu/");
}

TEST(S3Location, RefusesWhatIsNoBucket) {
  for (const auto* url : {"s3://", "s3:///prod", "s3://ab", "s3://a b c", "s3://user:secret@host/x",
                          "s3://acme//prod", "s3://acme/../prod", "S3://acme", "acme"}) {
    EXPECT_EQ(refusal(url), ErrorKind::configuration) << url;
  }
}

TEST(S3Location, RefusesWhatIsNoEndpoint) {
  for (const auto* endpoint : {"minio.example", "ftp://x", "https://", "https://x/path",
                               "https://user:secret@x", "https://x?y"}) {
    EXPECT_EQ(refusal("s3://acme", {.endpoint = endpoint}), ErrorKind::configuration) << endpoint;
  }
}

}  // namespace
}  // namespace walden
