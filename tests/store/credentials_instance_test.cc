#include "common/store/credentials_instance.h"

#include <algorithm>

#include "tests/store/aws_host.h"

namespace walden {
namespace {

using testing::expect_refusal;
using testing::expect_sample;
using testing::FakeAnswer;
using testing::FakeRequest;
using ::testing::HasSubstr;

constexpr auto kRoles = "/latest/meta-data/iam/security-credentials/";

class InstanceCredentials : public ::testing::Test {
 protected:
  InstanceCredentials() {
    host.unset("AWS_EC2_METADATA_DISABLED");
    host.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.url() + "/");
  }
  FakeAnswer serve(const FakeRequest& request) {
    if (request.target == "/latest/api/token" && request.method == "PUT") return token;
    if (request.header("x-aws-ec2-metadata-token") != "the-token") return {.status = 401};
    if (request.target == kRoles) return role;
    if (request.target == std::string(kRoles) + "walden%40db") return credentials;
    return {.status = 404};
  }
  testing::AwsHost host;
  FakeAnswer token{.body = "the-token"};
  FakeAnswer role{.body = "walden@db"};
  FakeAnswer credentials{.body = testing::service_json()};
  testing::FakeHttpServer service{[this](const FakeRequest& request) { return serve(request); }};
};

TEST_F(InstanceCredentials, AreFetchedWithAToken) {
  expect_sample(host.credentials());
  const auto requests = service.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].header("x-aws-ec2-metadata-token-ttl-seconds"), "300");
  EXPECT_TRUE(requests[0].body.empty());
  EXPECT_TRUE(std::ranges::all_of(requests, [](const FakeRequest& request) {
    return request.header("authorization").empty();
  }));
}

TEST_F(InstanceCredentials, AreConfigurationWhereNoServiceListens) {
  std::string nobody;
  {
    const testing::FakeHttpServer gone([](const FakeRequest&) { return FakeAnswer{}; });
    nobody = gone.url();
  }
  host.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", nobody);
  const auto none = host.credentials();
  expect_refusal(none, ErrorKind::configuration, "no credentials were found");
  EXPECT_THAT(none.error().cause, HasSubstr("no instance metadata service (" + nobody));
  EXPECT_THAT(none.error().cause, HasSubstr("AWS_ACCESS_KEY_ID is not set"));
}

// In a container the token's answer may not cross the bridge: the request is never answered.
TEST_F(InstanceCredentials, AreConfigurationWhereTheTokenNeverComes) {
  token = {.silent = true};
  expect_refusal(host.credentials(), ErrorKind::configuration, "no credentials were found");
}

TEST_F(InstanceCredentials, AreDoubtWhereWhoeverAsksHadNoTimeToWait) {
  token = {.silent = true};
  auto source = find_credentials(host.environment());
  ASSERT_TRUE(source);
  expect_refusal((*source)->fetch(std::chrono::steady_clock::now() + std::chrono::seconds(1)),
                 ErrorKind::transient, "timed out");
}

TEST_F(InstanceCredentials, AreDoubtOnceTheServiceHasAnswered) {
  auto source = find_credentials(host.environment());
  ASSERT_TRUE(source);
  expect_sample((*source)->fetch());
  token = {.body = "the-token", .cut_at = 3};
  expect_refusal((*source)->fetch(), ErrorKind::transient, "instance metadata");
}

TEST_F(InstanceCredentials, AreNotFoundWithoutARole) {
  role = {.status = 404};
  expect_refusal(host.credentials(), ErrorKind::configuration, "this instance has no role");
}

TEST_F(InstanceCredentials, AreRefusedByStatus) {
  for (FakeAnswer* answer : {&token, &role, &credentials}) {
    const FakeAnswer good = *answer;
    *answer = {.status = 403};
    expect_refusal(host.credentials(), ErrorKind::denied, "403");
    *answer = {.status = 500, .body = testing::service_json()};
    expect_refusal(host.credentials(), ErrorKind::transient, "500");
    *answer = good;
  }
  token = {.status = 404};  // the first version only
  expect_refusal(host.credentials(), ErrorKind::configuration, "404");
}

TEST_F(InstanceCredentials, AreNotBelievedWhenMalformed) {
  for (FakeAnswer* answer : {&token, &role, &credentials}) {
    const FakeAnswer good = *answer;
    for (const std::string& body :
         {std::string(), std::string("<html>\n<body>"), std::string(100'000, 'a'),
          std::string("../../user data"), std::string("\x01\xFF")}) {
      *answer = {.body = body};
      expect_refusal(host.credentials(), ErrorKind::transient);
    }
    *answer = good;
  }
  credentials = {.body = R"({"Code":"Failed","Message":"x"})"};
  expect_refusal(host.credentials(), ErrorKind::denied, "Failed");
  credentials = {.body = R"({"Code":"wJalrXUt nFEMI"})"};
  expect_refusal(host.credentials(), ErrorKind::denied);
}

TEST_F(InstanceCredentials, AreNotLookedForWhenDisabled) {
  host.set("AWS_EC2_METADATA_DISABLED", "true");
  expect_refusal(host.credentials(), ErrorKind::configuration, "AWS_EC2_METADATA_DISABLED is set");
  EXPECT_TRUE(service.requests().empty());
}

TEST_F(InstanceCredentials, AreNotAskedOfAProxy) {
  // The process's own variable: libcurl reads it.
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  const auto found = host.credentials();
  ::unsetenv("http_proxy");
  expect_sample(found);
}

}  // namespace
}  // namespace walden
