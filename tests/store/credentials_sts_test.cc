// Roles: assumed by profile and by web identity, from a service that the test scripts.
#include "common/store/credentials_sts.h"

#include <fmt/format.h>

#include "common/bytes/sha256.h"
#include "common/store/iso_time.h"
#include "common/store/sigv4.h"
#include "tests/store/aws_host.h"

namespace walden {
namespace {

using testing::expect_refusal;
using testing::expect_sample;
using testing::FakeAnswer;
using testing::FakeRequest;
using ::testing::HasSubstr;
using testing::kExpiration;
using testing::kId;
using testing::kSecret;
using testing::kToken;

constexpr auto kRole = "arn:aws:iam::123456789012:role/backup";

std::string sts_xml(const std::string& action) {
  return fmt::format(
      R"(<?xml version="1.0"?><{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">)"
      "<{0}Result><AssumedRoleUser><Arn>arn:x</Arn></AssumedRoleUser><Credentials>"
      "<AccessKeyId>{1}</AccessKeyId><SecretAccessKey>{2}</SecretAccessKey>"
      "<SessionToken>{3}</SessionToken><Expiration>{4}</Expiration></Credentials></{0}Result>"
      "</{0}Response>",
      action, kId, kSecret, kToken, kExpiration);
}

std::string error_xml(const std::string& code, const std::string& message) {
  return fmt::format(
      R"(<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>)"
      "<Code>{}</Code><Message>{}</Message></Error></ErrorResponse>",
      code, message);
}

class SecurityTokenService : public ::testing::Test {
 protected:
  SecurityTokenService() {
    host.set("AWS_ENDPOINT_URL_STS", service.url());
    host.set("AWS_REGION", "eu-central-1");
  }
  void write_role(const std::string& more = "") const {
    host.write_config(fmt::format(
        "[default]\nrole_arn = {}\nsource_profile = base\n{}\n"
        "[profile base]\naws_access_key_id = BASEID\naws_secret_access_key = base+secret\n",
        kRole, more));
  }
  testing::AwsHost host;
  FakeAnswer answer{.body = sts_xml("AssumeRole")};
  testing::FakeHttpServer service{[this](const FakeRequest&) { return answer; }};
};

using AssumedRole = SecurityTokenService;

TEST_F(AssumedRole, IsAskedForWithTheSourceProfilesSignature) {
  write_role("role_session_name = orders\nexternal_id = a b&c\nduration_seconds = 900\n");
  expect_sample(host.credentials());
  ASSERT_EQ(service.requests().size(), 1U);
  const FakeRequest request = service.requests().front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/");
  EXPECT_EQ(request.body,
            "Action=AssumeRole&DurationSeconds=900&ExternalId=a%20b%26c&RoleArn="
            "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fbackup&RoleSessionName=orders&"
            "Version=2011-06-15");

  // Signed by the base's key, for the host, type and body that arrived.
  const std::string date = request.header("x-amz-date");
  const auto time = parse_iso_time(
      fmt::format("{}-{}-{}T{}:{}:{}Z", date.substr(0, 4), date.substr(4, 2), date.substr(6, 2),
                  date.substr(9, 2), date.substr(11, 2), date.substr(13, 2)));
  ASSERT_TRUE(time);
  const AwsCredentials base{"BASEID", Secret::copy_of(bytes_of("base+secret")), {}, {}};
  const auto expected = sign({.method = "POST",
                              .host = request.header("host"),
                              .path = "/",
                              .headers = {{"content-type", request.header("content-type")}},
                              .payload_sha256 = to_hex(Sha256::of(bytes_of(request.body)))},
                             {"eu-central-1", "sts", *time}, base);
  EXPECT_EQ(request.header("authorization"), expected.back().value);
  EXPECT_THAT(expected.back().value, HasSubstr("/eu-central-1/sts/aws4_request"));
}

TEST_F(AssumedRole, MayBeTheSourceOfAnother) {
  host.write_config(
      "[default]\nrole_arn = arn:outer\nsource_profile = middle\n"
      "[profile middle]\nrole_arn = arn:inner\nsource_profile = middle\n"
      "aws_access_key_id = BASEID\naws_secret_access_key = s\n");
  expect_sample(host.credentials());
  ASSERT_EQ(service.requests().size(), 2U);
  EXPECT_THAT(service.requests()[0].body, HasSubstr("RoleArn=arn%3Ainner"));
  EXPECT_THAT(service.requests()[0].header("authorization"), HasSubstr("Credential=BASEID/"));
  EXPECT_THAT(service.requests()[1].body, HasSubstr("RoleArn=arn%3Aouter"));
  EXPECT_THAT(service.requests()[1].header("authorization"),
              HasSubstr("Credential=" + std::string(kId)));
  EXPECT_EQ(service.requests()[1].header("x-amz-security-token"), kToken);
}

TEST_F(AssumedRole, IsWaitedForNoLongerThanWhoeverAsksHasTime) {
  write_role();
  answer = {.silent = true};
  const auto source = find_credentials(host.environment());
  ASSERT_TRUE(source);
  expect_refusal((*source)->fetch(std::chrono::steady_clock::now() + std::chrono::seconds(1)),
                 ErrorKind::transient, "timed out");
}

TEST_F(AssumedRole, MayComeFromTheEnvironmentOrTheContainer) {
  host.write_config(
      fmt::format("[profile r]\nrole_arn = {}\ncredential_source = Environment\n"
                  "[profile c]\nrole_arn = {}\ncredential_source = EcsContainer\n",
                  kRole, kRole));
  AwsEnvironment environment = host.environment();
  environment.profile = "r";
  expect_refusal(find_credentials(environment), ErrorKind::configuration, "gives none here");
  host.set("AWS_ACCESS_KEY_ID", "ENVID");
  host.set("AWS_SECRET_ACCESS_KEY", "s");
  environment = host.environment();
  environment.profile = "r";
  expect_sample((*find_credentials(environment))->fetch());
  EXPECT_THAT(service.requests().back().header("authorization"), HasSubstr("Credential=ENVID/"));

  const testing::FakeHttpServer container(
      [](const FakeRequest&) { return FakeAnswer{.body = testing::service_json("CONTAINERID")}; });
  host.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", container.url() + "/");
  environment = host.environment();
  environment.profile = "c";
  expect_sample((*find_credentials(environment))->fetch());
  EXPECT_THAT(service.requests().back().header("authorization"),
              HasSubstr("Credential=CONTAINERID/"));
}

TEST_F(AssumedRole, IsRefusedWhereTheProfileIsIncomplete) {
  const std::string role = fmt::format("[default]\nrole_arn = {}\n", kRole);
  for (const auto& [config, words] :
       {std::pair{role, "either source_profile or credential_source"},
        {role + "source_profile=a\ncredential_source=Environment\n", "either"},
        {role + "credential_source=Guess\n", "is not known"},
        {role + "source_profile = missing\n", "no profile missing"},
        {role + "source_profile = a\n[profile a]\nregion=x\n", "a has no credentials"},
        {role + "source_profile = a\n[profile a]\nrole_arn=x\nsource_profile = default\n",
         "its own source_profile"},
        {role + "source_profile = a\nmfa_serial = x\n", "mfa_serial"},
        {role + "source_profile = a\nduration_seconds = 1h\n", "duration_seconds"},
        {role + "source_profile = a\nduration_seconds = 60\n", "duration_seconds"},
        {std::string("[default]\naws_access_key_id = a\n"), "one half of a key"},
        {std::string("[default]\nsso_session = a\nsso_account_id = 1\n"), "single sign-on"}}) {
    host.write_config(config);
    expect_refusal(host.credentials(), ErrorKind::configuration, words);
  }
  EXPECT_THAT(host.credentials().error().remedy, HasSubstr("credential_process"));
  EXPECT_TRUE(service.requests().empty());
}

TEST_F(AssumedRole, SaysWhyTheServiceRefused) {
  write_role();
  const std::string message =
      "User: arn:aws:iam::1:user/x is not authorized to perform: "
      "sts:AssumeRole on resource: arn:y";
  answer = {.status = 403, .body = error_xml("AccessDenied", message)};
  expect_refusal(host.credentials(), ErrorKind::denied, "403 AccessDenied: " + message);
}

// A refused signature is answered with the request as the service saw it, secrets included.
TEST_F(AssumedRole, RepeatsNothingThatCouldBeSecret) {
  host.set("AWS_ACCESS_KEY_ID", "ENVID");
  host.set("AWS_SECRET_ACCESS_KEY", kSecret);
  host.set("AWS_SESSION_TOKEN", kToken);
  host.write_config(
      fmt::format("[profile r]\nrole_arn = {}\ncredential_source = Environment\n", kRole));
  AwsEnvironment environment = host.environment();
  environment.profile = "r";
  for (const std::string& message :
       {fmt::format("It does not match.\n\nThe canonical string\nx-amz-security-token:{}", kToken),
        fmt::format("x-amz-security-token:{}", kToken), std::string(kSecret)}) {
    answer = {.status = 403, .body = error_xml("SignatureDoesNotMatch", message)};
    expect_refusal((*find_credentials(environment))->fetch(), ErrorKind::denied,
                   "SignatureDoesNotMatch");
  }
  answer = {.status = 403, .body = error_xml("SignatureDoesNotMatch", "No match.\n\nThe request")};
  const auto refused = (*find_credentials(environment))->fetch();
  EXPECT_THAT(refused.error().cause, ::testing::EndsWith("SignatureDoesNotMatch: No match."));
  answer = {.status = 403, .body = error_xml("Bad " + std::string(kToken), "x")};
  expect_refusal((*find_credentials(environment))->fetch(), ErrorKind::denied,
                 "403 without a reason");
}

TEST_F(AssumedRole, IsRefusedByStatusAndCode) {
  write_role();
  for (const auto& [status, code, kind] :
       {std::tuple{400, "ExpiredTokenException", ErrorKind::denied},
        {400, "Throttling", ErrorKind::transient},
        {400, "IDPCommunicationError", ErrorKind::transient},
        {400, "ValidationError", ErrorKind::configuration},
        {403, "RegionDisabledException", ErrorKind::configuration},
        {403, "InvalidClientTokenId", ErrorKind::denied},
        {500, "InternalFailure", ErrorKind::transient},
        {503, "", ErrorKind::transient},
        {404, "", ErrorKind::configuration},
        {400, "", ErrorKind::configuration}}) {
    answer = {.status = status, .body = error_xml(code, "why")};
    expect_refusal(host.credentials(), kind, std::to_string(status));
  }
  answer = {.status = 502, .body = "<html><body>Bad gateway"};
  expect_refusal(host.credentials(), ErrorKind::transient, "502");
}

TEST_F(AssumedRole, IsNotBelievedWhenMalformed) {
  write_role();
  const std::string whole = sts_xml("AssumeRole");
  const auto without = [&](const std::string& element) {
    std::string xml = whole;
    for (auto at = xml.find(element); at != std::string::npos; at = xml.find(element)) {
      xml.replace(at, element.size(), "Other");
    }
    return xml;
  };
  for (const std::string& body :
       {std::string(), std::string("{}"), std::string("<html><body>Sign in</body></html>"),
        without("AccessKeyId"), without("SecretAccessKey"), without("SessionToken"),
        without("Expiration"), without("Credentials"), sts_xml("AssumeRoleWithWebIdentity"),
        error_xml("Throttling", "a 200 with an error"), std::string(100'000, ' ') + whole}) {
    answer = {.body = body};
    expect_refusal(host.credentials(), ErrorKind::transient, "cannot assume");
  }
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    answer = {.body = whole.substr(0, size)};
    expect_refusal(host.credentials(), ErrorKind::transient);
  }
}

using WebIdentity = SecurityTokenService;

TEST_F(WebIdentity, IsProvenByTheTokenAndNotSigned) {
  answer = {.body = sts_xml("AssumeRoleWithWebIdentity")};
  host.set("AWS_ROLE_ARN", kRole);
  host.set("AWS_ROLE_SESSION_NAME", "pod");
  host.set("AWS_WEB_IDENTITY_TOKEN_FILE", host.write("token", "head.body+/=.sign\n"));
  expect_sample(host.credentials());
  ASSERT_EQ(service.requests().size(), 1U);
  const FakeRequest request = service.requests().front();
  EXPECT_EQ(request.header("authorization"), "");
  EXPECT_EQ(request.header("content-type"), "application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_THAT(request.body, HasSubstr("Action=AssumeRoleWithWebIdentity&"));
  EXPECT_THAT(request.body, HasSubstr("RoleSessionName=pod&"));
  EXPECT_THAT(request.body, HasSubstr("&WebIdentityToken=head.body%2B%2F%3D.sign"));
}

TEST_F(WebIdentity, MayBeOfAProfileAndReadsTheTokenAnew) {
  answer = {.body = sts_xml("AssumeRoleWithWebIdentity")};
  host.write_config(fmt::format("[default]\nrole_arn = {}\nweb_identity_token_file = {}\n", kRole,
                                host.write("token", "first")));
  auto source = find_credentials(host.environment());
  ASSERT_TRUE(source);
  expect_sample((*source)->fetch());
  (void)host.write("token", "second");
  expect_sample((*source)->fetch());
  EXPECT_THAT(service.requests()[0].body, HasSubstr("WebIdentityToken=first"));
  EXPECT_THAT(service.requests()[1].body, HasSubstr("WebIdentityToken=second"));
}

TEST_F(WebIdentity, IsWaitedForNoLongerThanWhoeverAsksHasTime) {
  host.set("AWS_WEB_IDENTITY_TOKEN_FILE", host.write("token", "a-token"));
  host.set("AWS_ROLE_ARN", kRole);
  answer = {.silent = true};
  const auto source = find_credentials(host.environment());
  ASSERT_TRUE(source);
  expect_refusal((*source)->fetch(std::chrono::steady_clock::now() + std::chrono::seconds(1)),
                 ErrorKind::transient, "timed out");
}

TEST_F(WebIdentity, KeepsItsTokenOutOfErrors) {
  host.set("AWS_ROLE_ARN", kRole);
  host.set("AWS_WEB_IDENTITY_TOKEN_FILE", host.write("token", kToken));
  answer = {.status = 400,
            .body = error_xml("InvalidIdentityToken", fmt::format("bad token {}", kToken))};
  expect_refusal(host.credentials(), ErrorKind::denied, "400 InvalidIdentityToken");
  host.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent/token");
  expect_refusal(host.credentials(), ErrorKind::configuration, "/nonexistent/token");
}

using StsEndpoint = SecurityTokenService;

TEST_F(StsEndpoint, IsTheRegionsUnlessOneIsNamed) {
  host.unset("AWS_ENDPOINT_URL_STS");
  EXPECT_EQ(find_sts(host.environment())->url, "https://sts.eu-central-1.amazonaws.com/");
  host.set("AWS_REGION", "cn-north-1");
  EXPECT_EQ(find_sts(host.environment())->url, "https://sts.cn-north-1.amazonaws.com.cn/");
  host.unset("AWS_REGION");
  EXPECT_EQ(find_sts(host.environment())->url, "https://sts.amazonaws.com/");
  EXPECT_EQ(find_sts(host.environment())->region, "us-east-1");
}

TEST_F(StsEndpoint, SignsTheHostThatIsSent) {
  host.set("AWS_ENDPOINT_URL_STS", "https://minio.example:443");
  EXPECT_EQ(find_sts(host.environment())->host, "minio.example");
  host.set("AWS_ENDPOINT_URL_STS", "http://minio.example:9000/sts/");
  EXPECT_EQ(find_sts(host.environment())->host, "minio.example:9000");
  EXPECT_EQ(find_sts(host.environment())->path, "/sts/");
  EXPECT_EQ(find_sts(host.environment())->url, "http://minio.example:9000/sts/");
}

TEST_F(StsEndpoint, IsRefusedWhenItIsNoUrlOfAService) {
  for (const char* url :
       {"minio.example", "ftp://minio.example", "https://", "http:///x",
        "https://user:wJalrXUtnFEMI@minio.example", "https://a?b", "https://a b"}) {
    host.set("AWS_ENDPOINT_URL_STS", url);
    expect_refusal(find_sts(host.environment()), ErrorKind::configuration, "endpoint of STS");
  }
}

}  // namespace
}  // namespace walden
