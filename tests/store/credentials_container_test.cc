#include "common/store/credentials_container.h"

#include "common/store/http_client.h"
#include "tests/store/aws_host.h"

namespace walden {
namespace {

using testing::expect_refusal;
using testing::expect_sample;
using testing::FakeAnswer;
using testing::FakeRequest;
using testing::kSecret;
using testing::kToken;

class ContainerCredentials : public ::testing::Test {
 protected:
  ContainerCredentials() {
    host.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", service.url() + "/creds?x=1");
  }
  testing::AwsHost host;
  FakeAnswer answer{.body = testing::service_json()};
  testing::FakeHttpServer service{[this](const FakeRequest&) { return answer; }};
};

TEST_F(ContainerCredentials, AreFetchedWithTheToken) {
  host.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc");
  expect_sample(host.credentials());
  ASSERT_EQ(service.requests().size(), 1U);
  const FakeRequest request = service.requests().front();
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.target, "/creds?x=1");
  EXPECT_EQ(request.header("authorization"), "Basic abc");
}

TEST_F(ContainerCredentials, ReadTheTokenFileAnewEachTime) {
  host.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", "not-this-one");
  host.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", host.write("token", "first\n"));
  auto source = find_credentials(host.environment());
  ASSERT_TRUE(source);
  expect_sample((*source)->fetch());
  (void)host.write("token", "second");
  expect_sample((*source)->fetch());
  ASSERT_EQ(service.requests().size(), 2U);
  EXPECT_EQ(service.requests()[0].header("authorization"), "first");
  EXPECT_EQ(service.requests()[1].header("authorization"), "second");
}

TEST_F(ContainerCredentials, AreWaitedForNoLongerThanWhoeverAsksHasTime) {
  answer = {.silent = true};
  auto source = find_credentials(host.environment());
  ASSERT_TRUE(source);
  expect_refusal((*source)->fetch(std::chrono::steady_clock::now() + std::chrono::seconds(1)),
                 ErrorKind::transient, "timed out");
}

TEST_F(ContainerCredentials, AreNotAskedForWithATokenThatIsNone) {
  for (const char* content : {"", "\n", "a\r\nx-injected: b", "a b"}) {
    host.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", host.write("token", content));
    expect_refusal(host.credentials(), ErrorKind::configuration, "cannot use the token in");
  }
  host.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nonexistent/token");
  expect_refusal(host.credentials(), ErrorKind::configuration, "/nonexistent/token");
  host.set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "");
  host.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", std::string(kToken) + "\nx-injected: b");
  expect_refusal(host.credentials(), ErrorKind::configuration, "is no token");
  EXPECT_TRUE(service.requests().empty());
}

TEST_F(ContainerCredentials, AreRefusedByStatus) {
  const std::string body = std::string(R"({"code":"x","message":")") + kSecret + "\"}";
  for (const auto& [status, kind] :
       {std::pair{400, ErrorKind::configuration}, std::pair{401, ErrorKind::denied},
        std::pair{403, ErrorKind::denied}, std::pair{404, ErrorKind::configuration},
        std::pair{302, ErrorKind::configuration}, std::pair{429, ErrorKind::transient},
        std::pair{500, ErrorKind::transient}, std::pair{503, ErrorKind::transient}}) {
    answer = {.status = status, .body = body, .headers = {{"location", "http://127.0.0.1:1/"}}};
    expect_refusal(host.credentials(), kind, std::to_string(status));
  }
}

TEST_F(ContainerCredentials, AreNotBelievedWhenMalformed) {
  const std::string whole = testing::service_json();
  const auto without = [&](const std::string& field) {
    std::string json = whole;
    return json.replace(json.find(field), field.size(), "Other");
  };
  const auto with = [&](const std::string& text, const std::string& instead) {
    std::string json = whole;
    return json.replace(json.find(text), text.size(), instead);
  };
  for (const std::string& body :
       {std::string(), std::string("null"), std::string("[]"), std::string("\"text\""),
        std::string("<html><body>Sign in to the hotel's network</body></html>"),
        without("AccessKeyId"), without("SecretAccessKey"), without("Token"), without("Expiration"),
        with(testing::kExpiration, "tomorrow"), with('"' + std::string(kSecret) + '"', "17"),
        with(testing::kId, "a\\r\\nb"), with(testing::kId, ""), with(kToken, "a b"), whole + whole,
        std::string(100'000, ' ') + whole, std::string(100'000, '[')}) {
    answer = {.body = body};
    expect_refusal(host.credentials(), ErrorKind::transient,
                   "cannot get the container's credentials");
  }
}

TEST_F(ContainerCredentials, AreNotBelievedWhenTruncatedAnywhere) {
  const std::string whole = testing::service_json();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    answer = {.body = whole.substr(0, size)};
    expect_refusal(host.credentials(), ErrorKind::transient);
  }
  answer = {.body = whole, .cut_at = whole.size() - 1};
  expect_refusal(host.credentials(), ErrorKind::transient);
}

TEST_F(ContainerCredentials, AreDeniedWithTheServicesCode) {
  answer = {.body = R"({"Code":"AssumeRoleUnauthorizedAccess"})"};
  expect_refusal(host.credentials(), ErrorKind::denied, "AssumeRoleUnauthorizedAccess");
}

class ContainerUrl : public ::testing::Test {
 protected:
  [[nodiscard]] Result<std::string> of_full(const std::string& uri) {
    host.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri);
    return container_url(host.environment());
  }
  testing::AwsHost host;
};

TEST_F(ContainerUrl, OfARelativePathIsTheTaskAgents) {
  host.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://elsewhere.example/");
  host.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/0f?a=b");
  EXPECT_EQ(container_url(host.environment()), "http://169.254.170.2/v2/credentials/0f?a=b");
  for (const char* path : {"v2/credentials", "@evil.example/", ".evil.example/", "/a b"}) {
    host.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", path);
    expect_refusal(container_url(host.environment()), ErrorKind::configuration, "is no path");
  }
}

TEST_F(ContainerUrl, MayBeAnyWithTlsAndThisHostOrTheServicesWithout) {
  for (const char* uri :
       {"https://anywhere.example/creds", "http://127.0.0.1/creds", "http://127.9.8.7:8080/creds",
        "http://localhost:1/creds", "http://[::1]:51679/creds", "http://169.254.170.2/creds",
        "http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1/credentials"}) {
    EXPECT_EQ(of_full(uri), uri);
  }
}

TEST_F(ContainerUrl, IsRefusedWhereAnyoneCouldListen) {
  for (const char* uri :
       {"http://anywhere.example/creds", "http://127.0.0.1@evil.example/creds",
        "http://evil.example#@127.0.0.1/", "http://127.0.0.1.evil.example/", "http://10.0.0.1/",
        "http://169.254.170.3/", "http://[fd00:ec2::24]/", "ftp://127.0.0.1/", "file:///etc/passwd",
        "http://", "/creds", "http://localhost.evil.example/", "http://user@127.0.0.1/"}) {
    expect_refusal(of_full(uri), ErrorKind::configuration,
                   "cannot use AWS_CONTAINER_CREDENTIALS_FULL_URI");
  }
}

}  // namespace
}  // namespace walden
