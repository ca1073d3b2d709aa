// Which of the sources is taken, and what is said when there is none.
#include "common/store/aws_credentials.h"
#include "tests/store/aws_host.h"

namespace walden {
namespace {

using testing::expect_refusal;
using ::testing::HasSubstr;
using testing::kId;
using testing::kSecret;
using testing::kToken;

class CredentialChain : public ::testing::Test {
 protected:
  [[nodiscard]] std::string found() const {
    auto source = find_credentials(host.environment());
    return source ? (*source)->describe() : source.error().cause;
  }
  testing::AwsHost host;
};

// Everything is configured; what was taken is taken away, and the next is found.
TEST_F(CredentialChain, TakesTheFirstThatIsConfigured) {
  host.set("AWS_ACCESS_KEY_ID", kId);
  host.set("AWS_SECRET_ACCESS_KEY", kSecret);
  host.write_credentials("[default]\naws_access_key_id = a\naws_secret_access_key = b\n");
  host.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/run/token");
  host.set("AWS_ROLE_ARN", "arn:aws:iam::1:role/r");
  host.set("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials");
  host.unset("AWS_EC2_METADATA_DISABLED");

  EXPECT_EQ(found(), "the environment");
  host.unset("AWS_ACCESS_KEY_ID");
  host.unset("AWS_SECRET_ACCESS_KEY");
  EXPECT_EQ(found(), "profile default");
  host.write_credentials("");
  EXPECT_EQ(found(), "role arn:aws:iam::1:role/r, by the web identity in /run/token");
  host.unset("AWS_WEB_IDENTITY_TOKEN_FILE");
  EXPECT_EQ(found(), "the container's role");
  host.unset("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  EXPECT_EQ(found(), "the instance's role");
  host.set("AWS_EC2_METADATA_DISABLED", "true");
  EXPECT_THAT(found(), HasSubstr("no credentials were found"));
}

TEST_F(CredentialChain, SaysWhereItLookedWhenThereAreNone) {
  const auto none = find_credentials(host.environment());
  expect_refusal(none, ErrorKind::configuration);
  for (const char* place :
       {"AWS_ACCESS_KEY_ID", "profile default", "/.aws/credentials", "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_", "AWS_EC2_METADATA_DISABLED"}) {
    EXPECT_THAT(none.error().cause, HasSubstr(place));
  }
}

TEST_F(CredentialChain, ReadsTheEnvironment) {
  host.set("AWS_ACCESS_KEY_ID", kId);
  host.set("AWS_SECRET_ACCESS_KEY", kSecret);
  auto credentials = host.credentials();
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->access_key_id, kId);
  EXPECT_EQ(testing::secret_of(*credentials), kSecret);
  EXPECT_EQ(testing::token_of(*credentials), "");
  EXPECT_FALSE(credentials->expires);
  host.set("AWS_SESSION_TOKEN", kToken);
  EXPECT_EQ(testing::token_of(*host.credentials()), kToken);
}

TEST_F(CredentialChain, RefusesHalfAKeyInTheEnvironment) {
  host.set("AWS_ACCESS_KEY_ID", kId);
  expect_refusal(host.credentials(), ErrorKind::configuration, "AWS_SECRET_ACCESS_KEY is not");
  host.unset("AWS_ACCESS_KEY_ID");
  host.set("AWS_SECRET_ACCESS_KEY", kSecret);
  expect_refusal(host.credentials(), ErrorKind::configuration, "AWS_ACCESS_KEY_ID is not");
}

// A variable from a file with its last line's end would break the request apart.
TEST_F(CredentialChain, RefusesALineEndInTheEnvironment) {
  host.set("AWS_ACCESS_KEY_ID", kId + std::string("\n"));
  host.set("AWS_SECRET_ACCESS_KEY", kSecret);
  expect_refusal(host.credentials(), ErrorKind::configuration, "cannot be sent");
}

TEST_F(CredentialChain, TakesOnlyTheProfileThatWaldenNames) {
  host.set("AWS_ACCESS_KEY_ID", kId);
  host.set("AWS_SECRET_ACCESS_KEY", kSecret);
  host.write_config(
      "[profile keys]\naws_access_key_id=a\naws_secret_access_key=b\n[profile none]\n");
  AwsEnvironment environment = host.environment();
  environment.profile = "keys";
  EXPECT_EQ((*find_credentials(environment))->describe(), "profile keys");
  environment.profile = "none";
  expect_refusal(find_credentials(environment), ErrorKind::configuration, "has no credentials");
  environment.profile = "missing";
  expect_refusal(find_credentials(environment), ErrorKind::configuration, "no profile missing");
}

TEST_F(CredentialChain, PutsKeysInTheEnvironmentBeforeAwsProfile) {
  host.write_config(
      "[profile keys]\naws_access_key_id=a\naws_secret_access_key=b\n[profile none]\n");
  host.set("AWS_PROFILE", "keys");
  EXPECT_EQ(found(), "profile keys");
  host.set("AWS_ACCESS_KEY_ID", kId);
  host.set("AWS_SECRET_ACCESS_KEY", kSecret);
  EXPECT_EQ(found(), "the environment");
}

// A profile may set only the region: the instance still has its role.
TEST_F(CredentialChain, LooksFurtherWhenAwsProfileHasNoCredentials) {
  host.write_config("[profile none]\nregion = eu-west-1\n");
  host.set("AWS_PROFILE", "none");
  host.unset("AWS_EC2_METADATA_DISABLED");
  EXPECT_EQ(found(), "the instance's role");
  host.set("AWS_PROFILE", "missing");
  EXPECT_THAT(found(), HasSubstr("there is no profile missing"));
}

TEST_F(CredentialChain, RefusesAWebIdentityWithoutARole) {
  host.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/run/token");
  expect_refusal(host.credentials(), ErrorKind::configuration, "AWS_ROLE_ARN is not");
}

}  // namespace
}  // namespace walden
