#include "common/store/aws_profile_files.h"

#include "tests/store/aws_host.h"

namespace walden {
namespace {

using testing::expect_refusal;

class ProfileFiles : public ::testing::Test {
 protected:
  [[nodiscard]] AwsProfileFiles read() const {
    auto files = AwsProfileFiles::read(host.environment());
    if (!files) throw std::runtime_error(files.error().cause);
    return std::move(*files);
  }
  // One value, as the config file has it; "(none)" for a profile that is not there.
  [[nodiscard]] std::string value(const std::string& profile, const std::string& key) const {
    const AwsProfileFiles files = read();
    const AwsProfile* found = files.find(profile);
    return found == nullptr ? "(none)" : found->text(key);
  }
  testing::AwsHost host;
};

TEST_F(ProfileFiles, AreEmptyWhenTheyAreNotThere) {
  EXPECT_EQ(value("default", "region"), "(none)");
  host.unset("HOME");
  EXPECT_EQ(value("default", "region"), "(none)");
}

TEST_F(ProfileFiles, NameAProfileDifferently) {
  host.write_config(
      "[default]\nregion = a\n[profile two]\nregion = b\n[profile \"with blank\"]\nregion=c\n"
      "[three]\nregion = no profile here\n[sso-session four]\nregion = nor here\n[profilefive]\n");
  host.write_credentials("[three]\naws_access_key_id = d\n[profile two]\naws_access_key_id = e\n");
  EXPECT_EQ(value("default", "region"), "a");
  EXPECT_EQ(value("two", "region"), "b");
  EXPECT_EQ(value("with blank", "region"), "c");
  EXPECT_EQ(value("three", "region"), "");
  EXPECT_EQ(value("three", "aws_access_key_id"), "d");
  EXPECT_EQ(value("two", "aws_access_key_id"), "");
  EXPECT_EQ(value("four", "region"), "(none)");
  EXPECT_EQ(value("five", "region"), "(none)");
}

TEST_F(ProfileFiles, TakeCommentsBlanksCaseAndLineEndsAsTheyCome) {
  host.write_config(
      "\xEF\xBB\xBF# first\r\n; second\r\n\r\n[ default ] # third\r\n  Region=eu-west-1 # why\r\n"
      "  output = a;b#c ; d\r\n  empty =\r\n  region = eu-west-2\r\n");
  EXPECT_EQ(value("default", "region"), "eu-west-2");
  EXPECT_EQ(value("default", "output"), "a;b#c");
  EXPECT_EQ(value("default", "empty"), "");
}

TEST_F(ProfileFiles, PassOverNestedSettings) {
  host.write_config(
      "[default]\ns3 =\n  region = nested\n  endpoint_url = nested\nregion = own\n"
      "[services x]\ns3 =\n  endpoint_url = other\n[profile p]\n  region = indented\n"
      "    more\n  output = json\n");
  EXPECT_EQ(value("default", "region"), "own");
  EXPECT_EQ(value("default", "endpoint_url"), "");
  EXPECT_EQ(value("p", "region"), "indented");
  EXPECT_EQ(value("p", "output"), "json");
}

TEST_F(ProfileFiles, PutTheCredentialsFileFirstAndNeverMixKeys) {
  host.write_config(
      "[default]\naws_access_key_id = old\naws_secret_access_key = old\n"
      "aws_session_token = old\nregion = kept\n");
  host.write_credentials("[default]\naws_access_key_id = new\naws_secret_access_key = new\n");
  EXPECT_EQ(value("default", "aws_access_key_id"), "new");
  EXPECT_EQ(value("default", "aws_secret_access_key"), "new");
  EXPECT_EQ(value("default", "aws_session_token"), "");
  EXPECT_EQ(value("default", "region"), "kept");
}

TEST_F(ProfileFiles, AreWhereTheVariablesSay) {
  host.set("AWS_CONFIG_FILE", host.write("elsewhere", "[default]\nregion = x\n"));
  host.set("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/keys");
  (void)host.write("keys", "[default]\naws_access_key_id = y\n");
  EXPECT_EQ(value("default", "region"), "x");
  EXPECT_EQ(value("default", "aws_access_key_id"), "y");
}

TEST_F(ProfileFiles, AreRefusedWithTheLineThatIsWrongAndNothingOfIt) {
  const std::string secret = testing::kSecret;
  for (const std::string& bad : {"[default]\n\n" + secret + "\n", "[default]\n\n[" + secret + "\n",
                                 "\n\naws_secret_access_key = " + secret + "\n"}) {
    host.write_credentials(bad);
    expect_refusal(AwsProfileFiles::read(host.environment()), ErrorKind::configuration,
                   "/.aws/credentials line 3");
  }
}

TEST_F(ProfileFiles, AreRefusedWhenTheyCannotBeRead) {
  host.write_config(std::string(300'000, '#'));
  expect_refusal(AwsProfileFiles::read(host.environment()), ErrorKind::configuration, "too large");
  host.set("AWS_CONFIG_FILE", host.environment().variable("HOME"));  // a folder
  expect_refusal(AwsProfileFiles::read(host.environment()), ErrorKind::configuration,
                 "cannot read");
}

using Defaults = ProfileFiles;

TEST_F(Defaults, ComeFromVariablesBeforeTheProfile) {
  host.write_config(
      "[default]\nregion = profile\nendpoint_url = http://profile\nca_bundle = /profile.pem\n");
  auto defaults = read_aws_defaults(host.environment());
  ASSERT_TRUE(defaults);
  EXPECT_EQ(defaults->region, "profile");
  EXPECT_EQ(defaults->endpoint, "http://profile");
  EXPECT_EQ(defaults->sts_endpoint, "http://profile");
  EXPECT_EQ(defaults->ca_file, "/profile.pem");

  host.set("AWS_DEFAULT_REGION", "second");
  host.set("AWS_ENDPOINT_URL", "http://every");
  host.set("AWS_CA_BUNDLE", "/variable.pem");
  defaults = read_aws_defaults(host.environment());
  ASSERT_TRUE(defaults);
  EXPECT_EQ(defaults->region, "second");
  EXPECT_EQ(defaults->endpoint, "http://every");
  EXPECT_EQ(defaults->sts_endpoint, "http://every");
  EXPECT_EQ(defaults->ca_file, "/variable.pem");

  host.set("AWS_REGION", "first");
  host.set("AWS_ENDPOINT_URL_S3", "http://s3");
  host.set("AWS_ENDPOINT_URL_STS", "http://sts");
  defaults = read_aws_defaults(host.environment());
  ASSERT_TRUE(defaults);
  EXPECT_EQ(defaults->region, "first");
  EXPECT_EQ(defaults->endpoint, "http://s3");
  EXPECT_EQ(defaults->sts_endpoint, "http://sts");
}

TEST_F(Defaults, ComeFromTheProfileThatIsNamed) {
  host.write_config("[profile a]\nregion = of-a\n[profile b]\nregion = of-b\n");
  host.set("AWS_PROFILE", "a");
  EXPECT_EQ(read_aws_defaults(host.environment())->region, "of-a");
  AwsEnvironment environment = host.environment();
  environment.profile = "b";
  EXPECT_EQ(read_aws_defaults(environment)->region, "of-b");
}

TEST_F(Defaults, AreRefusedForANamedProfileThatIsNotThere) {
  EXPECT_TRUE(read_aws_defaults(host.environment()));
  host.write_config("[profile a]\n");
  host.set("AWS_PROFILE", "b");
  const auto refused = read_aws_defaults(host.environment());
  expect_refusal(refused, ErrorKind::configuration, "there is no profile b in");
  EXPECT_THAT(refused.error().remedy, ::testing::HasSubstr("Profiles are: a"));
}

}  // namespace
}  // namespace walden
