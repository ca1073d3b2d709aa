#include "basebackup/check_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/bytes/key_file.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

using ::testing::HasSubstr;

const Recipient& recipient() {
  static const Recipient kRecipient = SecretKey::generate().recipient();
  return kRecipient;
}

TEST(CheckKey, IsNotNeededWhereNothingIsSealed) {
  EXPECT_EQ(judge_key({}, std::nullopt).verdict, Verdict::ok);
}

TEST(CheckKey, IsBestKeptAwayFromAHostThatOnlyWrites) {
  const Fact found = judge_key({recipient()}, std::nullopt);
  EXPECT_EQ(found.verdict, Verdict::ok);
  EXPECT_EQ(found.text, "this host cannot read what it writes");
}

TEST(CheckKey, BelongsToOneOfTheRecipients) {
  const Recipient other = SecretKey::generate().recipient();
  EXPECT_EQ(judge_key({other, recipient()}, Result<Recipient>(recipient())).verdict, Verdict::ok);
  const Fact found = judge_key({other}, Result<Recipient>(recipient()));
  EXPECT_EQ(found.verdict, Verdict::fail);
  EXPECT_THAT(found.remedy, HasSubstr(recipient().to_text()));
}

TEST(CheckKey, FailsWhenItsFileCannotBeUsed) {
  const Result<Recipient> unreadable = fail(ErrorKind::denied, "others may read it", "chmod 600");
  EXPECT_EQ(judge_key({recipient()}, unreadable).verdict, Verdict::fail);
  EXPECT_EQ(judge_key({}, unreadable).verdict, Verdict::fail);
}

class CheckKeyFiles : public ::testing::Test {
 protected:
  [[nodiscard]] Fact fact(const std::string& name) const {
    for (const Fact& each : check_keys(configuration)) {
      if (each.name == name) return each;
    }
    return {};
  }
  testing::TemporaryDirectory folder;
  Configuration configuration;
};

TEST_F(CheckKeyFiles, WarnsThatNothingIsSealed) {
  EXPECT_EQ(fact("recipients").verdict, Verdict::warn);
}

TEST_F(CheckKeyFiles, ReadsTheKeyThatOpens) {
  const SecretKey key = SecretKey::generate();
  ASSERT_TRUE(write_secret_key(folder / "key", key, nullptr));
  configuration.recipients = {key.recipient().to_text()};
  configuration.key_file = folder / "key";
  EXPECT_EQ(fact("recipients").verdict, Verdict::ok);
  EXPECT_EQ(fact("key").text, "the key file opens what this host writes");
  std::filesystem::permissions(folder / "key", std::filesystem::perms{0644});
  EXPECT_EQ(fact("key").verdict, Verdict::fail);
}

TEST_F(CheckKeyFiles, FailsWithoutTheSigningKeyThatIsConfigured) {
  EXPECT_EQ(fact("signing").verdict, Verdict::ok);
  configuration.signing_key_file = folder / "signing";
  EXPECT_EQ(fact("signing").verdict, Verdict::fail);
}

TEST_F(CheckKeyFiles, WarnsWhereAHostDoesNotTrustItself) {
  const SigningKey key = SigningKey::generate();
  ASSERT_TRUE(write_signing_key(folder / "signing", key, nullptr));
  configuration.signing_key_file = folder / "signing";
  EXPECT_EQ(fact("signing").verdict, Verdict::ok);
  configuration.trusted_signers = {SigningKey::generate().signer().to_text()};
  EXPECT_EQ(fact("signing").verdict, Verdict::warn);
  configuration.trusted_signers.push_back(key.signer().to_text());
  EXPECT_EQ(fact("signing").verdict, Verdict::ok);
}

}  // namespace
}  // namespace walden
