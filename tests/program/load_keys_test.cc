#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "common/bytes/key_file.h"
#include "common/program/configuration.h"
#include "common/program/passphrase.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

using ::testing::HasSubstr;

class LoadKeys : public ::testing::Test {
 protected:
  // A file that only its owner can read.
  std::string write(const std::string& name, const std::string& text) {
    const auto path = folder_ / name;
    std::ofstream(path) << text;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read);
    return path.string();
  }

  testing::TemporaryDirectory folder_;
  Configuration configuration_{.threads = 3};
};

TEST_F(LoadKeys, WithoutKeysNothingIsSealedAndOnlyChecksummedObjectsOpen) {
  const auto sealing = load_sealing(configuration_);
  ASSERT_TRUE(sealing) << sealing.error().cause;
  EXPECT_TRUE(sealing->recipients.empty());
  EXPECT_EQ(sealing->signing_key, nullptr);
  EXPECT_EQ(sealing->threads, 3U);
  const auto opening = load_opening(configuration_);
  ASSERT_TRUE(opening) << opening.error().cause;
  EXPECT_EQ(opening->secret_key, nullptr);
}

TEST_F(LoadKeys, ReadsWhatTheConfigurationNames) {
  const SecretKey secret = SecretKey::generate();
  const SigningKey signing = SigningKey::generate();
  configuration_.key_file = (folder_ / "secret.key").string();
  configuration_.signing_key_file = (folder_ / "signing.key").string();
  ASSERT_TRUE(write_secret_key(configuration_.key_file, secret, nullptr));
  ASSERT_TRUE(write_signing_key(configuration_.signing_key_file, signing, nullptr));
  configuration_.recipients = {secret.recipient().to_text()};
  configuration_.trusted_signers = {signing.signer().to_text()};
  configuration_.cipher = "chacha20-poly1305";
  configuration_.compression_level = 7;

  const auto sealing = load_sealing(configuration_);
  ASSERT_TRUE(sealing) << sealing.error().cause;
  EXPECT_EQ(sealing->recipients.at(0), secret.recipient());
  EXPECT_EQ(sealing->signing_key->signer(), signing.signer());
  EXPECT_EQ(sealing->suite, Suite::chacha20_poly1305);
  EXPECT_EQ(sealing->compression_level, 7);

  const auto opening = load_opening(configuration_);
  ASSERT_TRUE(opening) << opening.error().cause;
  EXPECT_EQ(opening->secret_key->recipient(), secret.recipient());
  EXPECT_EQ(opening->trusted_signers.at(0), signing.signer());
}

TEST_F(LoadKeys, OpensALockedKeyWithThePassphraseFile) {
  const Secret passphrase = Secret::copy_of(bytes_of("correct horse"));
  configuration_.key_file = (folder_ / "locked.key").string();
  ASSERT_TRUE(write_secret_key(configuration_.key_file, SecretKey::generate(), &passphrase));
  configuration_.passphrase_file = write("right", "correct horse\n");
  EXPECT_TRUE(load_opening(configuration_));
  configuration_.passphrase_file = write("wrong", "battery staple\n");
  EXPECT_FALSE(load_opening(configuration_));
}

TEST_F(LoadKeys, MissingKeyFileIsAnErrorNotAHostWithoutAKey) {
  configuration_.key_file = (folder_ / "gone.key").string();
  const auto opening = load_opening(configuration_);
  ASSERT_FALSE(opening);
  EXPECT_THAT(opening.error().cause, HasSubstr("gone.key"));
}

TEST_F(LoadKeys, PassphraseIsTheFirstLineOfAFileThatOthersCannotRead) {
  const auto passphrase = read_passphrase_file(write("two-lines", "first \nsecond\n"));
  ASSERT_TRUE(passphrase) << passphrase.error().cause;
  EXPECT_EQ(text_of(passphrase->view()), "first ");
  EXPECT_FALSE(read_passphrase_file(write("empty", "\n")));

  const auto open_to_all = write("open", "first\n");
  std::filesystem::permissions(open_to_all, std::filesystem::perms::group_read,
                               std::filesystem::perm_options::add);
  const auto refused = read_passphrase_file(open_to_all);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().remedy, HasSubstr("chmod 600"));
}

}  // namespace
}  // namespace walden
