#include "common/bytes/key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "common/bytes/files.h"
#include "common/bytes/locked_key.h"
#include "tests/support/temporary_directory.h"

namespace walden::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

Secret secret_text(std::string_view text) {
  return Secret::copy_of(bytes_of(text));
}

PassphraseSource answering(const std::string& text) {
  return [text](const fs::path&) -> Result<Secret> { return secret_text(text); };
}

const PassphraseSource kNotAsked = [](const fs::path& path) -> Result<Secret> {
  ADD_FAILURE() << "asked for the passphrase of " << path;
  return Secret();
};

class KeyFile : public ::testing::Test {
 protected:
  [[nodiscard]] std::string content() const {
    return std::string(text_of(read_file(path, 1U << 20U).value()));
  }
  void put(std::string_view text, fs::perms mode = fs::perms::owner_read) const {
    std::ofstream(path) << text;
    fs::permissions(path, mode);
  }
  [[nodiscard]] Error refusal(const PassphraseSource& passphrase = kNotAsked) const {
    const auto read = read_secret_key(path, passphrase);
    return read ? Error{ErrorKind::transient, "was accepted", ""} : read.error();
  }

  TemporaryDirectory folder;
  fs::path path = folder / "key";
  SecretKey key = SecretKey::generate();
};

TEST_F(KeyFile, KeepsAKeyWithItsPublicHalfBesideIt) {
  ASSERT_TRUE(write_secret_key(path, key, nullptr));
  struct stat facts {};
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0600U);
  EXPECT_THAT(content(), HasSubstr("# " + key.recipient().to_text() + "\n"));
  const auto again = read_secret_key(path, kNotAsked);
  ASSERT_TRUE(again) << again.error().cause;
  EXPECT_EQ(again->recipient(), key.recipient());
}

TEST_F(KeyFile, KeepsASigningKey) {
  const SigningKey signing = SigningKey::generate();
  ASSERT_TRUE(write_signing_key(path, signing, nullptr));
  const auto again = read_signing_key(path, kNotAsked);
  ASSERT_TRUE(again) << again.error().cause;
  EXPECT_EQ(again->signer(), signing.signer());
  EXPECT_EQ(refusal().kind, ErrorKind::configuration);
}

TEST_F(KeyFile, IsNeverWrittenOverAnotherOne) {
  ASSERT_TRUE(write_secret_key(path, key, nullptr));
  const std::string before = content();
  const auto again = write_secret_key(path, SecretKey::generate(), nullptr);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::exists);
  EXPECT_THAT(again.error().remedy, HasSubstr("choose another name"));
  EXPECT_EQ(content(), before);
}

TEST_F(KeyFile, IsRefusedWhereOthersCanReadIt) {
  ASSERT_TRUE(write_secret_key(path, key, nullptr));
  for (const unsigned mode : {0644U, 0640U, 0604U, 0610U, 0660U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    const Error error = refusal();
    EXPECT_EQ(error.kind, ErrorKind::configuration) << std::oct << mode;
    EXPECT_THAT(error.cause, HasSubstr(path.string()));
    EXPECT_THAT(error.remedy, HasSubstr("chmod 600"));
  }
  ASSERT_EQ(::chmod(path.c_str(), 0400), 0);
  EXPECT_TRUE(read_secret_key(path, kNotAsked));
}

TEST_F(KeyFile, LockedIsOpenedByItsPassphraseAlone) {
  const Secret passphrase = secret_text("correct horse");
  ASSERT_TRUE(write_secret_key(path, key, &passphrase));
  EXPECT_THAT(content(),
              AllOf(HasSubstr("\nWALDEN-LOCKED-KEY-1"), HasSubstr(key.recipient().to_text()),
                    Not(HasSubstr("WALDEN-SECRET-KEY"))));
  const auto opened = read_secret_key(path, answering("correct horse"));
  ASSERT_TRUE(opened) << opened.error().cause;
  EXPECT_EQ(opened->recipient(), key.recipient());
  const Error wrong = refusal(answering("wrong horse"));
  EXPECT_EQ(wrong.kind, ErrorKind::configuration);
  EXPECT_THAT(wrong.cause, HasSubstr("passphrase"));
  EXPECT_THAT(refusal(nullptr).cause, HasSubstr("locked"));
}

TEST_F(KeyFile, PassesOnWhyThereIsNoPassphrase) {
  const Secret passphrase = secret_text("correct horse");
  ASSERT_TRUE(write_secret_key(path, key, &passphrase));
  const Error error = refusal([](const fs::path&) -> Result<Secret> {
    return fail(ErrorKind::usage, "cannot ask for a passphrase: no terminal");
  });
  EXPECT_THAT(error.cause, HasSubstr("no terminal"));
}

TEST_F(KeyFile, ToleratesBlankLinesAndComments) {
  const Secret text = key.to_text();
  put("\n# mine\r\n  " + std::string(text_of(text.view())) + " \r\n\n# end");
  const auto read = read_secret_key(path, kNotAsked);
  ASSERT_TRUE(read) << read.error().cause;
  EXPECT_EQ(read->recipient(), key.recipient());
}

TEST_F(KeyFile, OfAnotherShapeIsRefused) {
  const std::string line = std::string(text_of(key.to_text().view())) + "\n";
  for (const std::string& text : {std::string(), std::string("# only a comment\n"), line + line,
                                  std::string("hello\n"), std::string(5000, '#')}) {
    put(text, fs::perms::owner_read | fs::perms::owner_write);
    const Error error = refusal();
    EXPECT_EQ(error.kind, ErrorKind::configuration) << text.substr(0, 30);
    EXPECT_THAT(error.cause, HasSubstr(path.string()));
  }
}

TEST_F(KeyFile, ThatIsNotThereOrNoFileIsRefused) {
  EXPECT_THAT(refusal().cause, HasSubstr("No such file"));
  EXPECT_THAT(refusal().remedy, HasSubstr("namei -l"));
  fs::create_directory(path);
  fs::permissions(path, fs::perms::owner_all);
  EXPECT_THAT(refusal().cause, HasSubstr("not a regular file"));
}

TEST(LockedKey, RefusesEveryKindOfDamage) {
  const Secret passphrase = secret_text("p");
  const auto locked = lock_key(bytes_of("content"), passphrase);
  ASSERT_TRUE(locked);
  const std::string text(text_of(locked->view()));
  ASSERT_TRUE(unlock_key(text, passphrase));
  std::string mistyped = text;
  mistyped[40] = mistyped[40] == 'Q' ? 'P' : 'Q';
  EXPECT_FALSE(unlock_key(mistyped, passphrase));
  EXPECT_FALSE(unlock_key(text.substr(0, text.size() - 1), passphrase));
  EXPECT_FALSE(unlock_key("WALDEN-LOCKED-KEY-1", passphrase));
}

}  // namespace
}  // namespace walden::testing
