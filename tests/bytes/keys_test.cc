#include "common/bytes/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "common/bytes/bech32.h"

namespace walden::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string text_of_secret(const Secret& secret) {
  return std::string(text_of(secret.view()));
}

TEST(Bech32, AgreesWithTheExamplesOfBip173) {
  EXPECT_EQ(bech32_encode("a", {}), "a12uel5l");
  EXPECT_TRUE(bech32_decode("a", "A12UEL5L"));
  EXPECT_TRUE(bech32_decode(
      "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio",
      "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tg"
      "s"));
  const auto address = bech32_decode("abcdef", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw");
  ASSERT_TRUE(address);
  EXPECT_EQ(to_hex(*address), "00443214c74254b635cf84653a56d7c675be77df");
  for (const auto* wrong :
       {"a12UEL5L", "a12uel5m", "pzry9x0s0muk", "1pzry9x0s0muk", "a1", "", "1"}) {
    EXPECT_FALSE(bech32_decode("a", wrong)) << wrong;
  }
}

TEST(Keys, RoundTripAsText) {
  const SecretKey secret = SecretKey::generate();
  const SigningKey signing = SigningKey::generate();
  const auto recipient = Recipient::parse(secret.recipient().to_text());
  ASSERT_TRUE(recipient);
  EXPECT_EQ(*recipient, secret.recipient());
  const auto signer = SignerId::parse(signing.signer().to_text());
  ASSERT_TRUE(signer);
  EXPECT_EQ(*signer, signing.signer());
  const auto secret_again = SecretKey::parse(text_of_secret(secret.to_text()));
  ASSERT_TRUE(secret_again);
  EXPECT_EQ(secret_again->recipient(), secret.recipient());
  const auto signing_again = SigningKey::parse(text_of_secret(signing.to_text()));
  ASSERT_TRUE(signing_again);
  EXPECT_EQ(signing_again->signer(), signing.signer());
}

TEST(Keys, SayWhatTheyAreByTheirBeginning) {
  const SecretKey secret = SecretKey::generate();
  const SigningKey signing = SigningKey::generate();
  EXPECT_THAT(secret.recipient().to_text(), StartsWith("walden1"));
  EXPECT_THAT(signing.signer().to_text(), StartsWith("walden-signer1"));
  EXPECT_THAT(text_of_secret(secret.to_text()), StartsWith("WALDEN-SECRET-KEY-1"));
  EXPECT_THAT(text_of_secret(signing.to_text()), StartsWith("WALDEN-SIGNING-KEY-1"));
}

template <class Key>
void expect_every_mistyped_character_refused(const std::string& text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char typed : {'q', 'Q', 'x', '1', 'b', ' '}) {
      std::string mistyped = text;
      mistyped[at] = typed;
      if (mistyped == text) continue;
      const auto key = Key::parse(mistyped);
      ASSERT_FALSE(key) << at << typed;
      EXPECT_EQ(key.error().kind, ErrorKind::configuration);
    }
    std::string shorter = text;
    shorter.erase(at, 1);
    EXPECT_FALSE(Key::parse(shorter)) << at;
  }
}

TEST(Keys, RefuseEveryMistypedCharacter) {
  const SecretKey secret = SecretKey::generate();
  const SigningKey signing = SigningKey::generate();
  expect_every_mistyped_character_refused<Recipient>(secret.recipient().to_text());
  expect_every_mistyped_character_refused<SignerId>(signing.signer().to_text());
  expect_every_mistyped_character_refused<SecretKey>(text_of_secret(secret.to_text()));
  expect_every_mistyped_character_refused<SigningKey>(text_of_secret(signing.to_text()));
}

TEST(Keys, AreNotTakenForOneAnotherAndNeverShownInAnError) {
  const std::string secret = text_of_secret(SecretKey::generate().to_text());
  for (const auto& error : {Recipient::parse(secret).error(), SigningKey::parse(secret).error(),
                            SecretKey::parse(secret + "q").error()}) {
    EXPECT_THAT(error.cause + error.remedy, Not(HasSubstr(secret.substr(22, 12))));
  }
}

TEST(Keys, OfAnotherLengthAreRefused) {
  for (const std::size_t size : {0U, 31U, 33U, 64U}) {
    EXPECT_FALSE(Recipient::parse(bech32_encode("walden", Buffer(size))));
    EXPECT_FALSE(SecretKey::parse(bech32_encode("walden-secret-key-", Buffer(size))));
  }
}

// RFC 7748, section 6.1, and RFC 8032, section 7.1, test 1.
TEST(Keys, AgreeWithTheirStandards) {
  const auto key_of = [](std::string_view hex) {
    Buffer bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      bytes.push_back(
          static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
    }
    return bytes;
  };
  const auto secret = SecretKey::parse(
      bech32_encode("walden-secret-key-",
                    key_of("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")));
  ASSERT_TRUE(secret);
  EXPECT_EQ(to_hex(secret->recipient().public_key),
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  const auto signing = SigningKey::parse(
      bech32_encode("walden-signing-key-",
                    key_of("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")));
  ASSERT_TRUE(signing);
  EXPECT_EQ(to_hex(signing->signer().public_key),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_THAT(to_hex(signing->sign({})),
              StartsWith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974"));
}

TEST(Keys, VerifyWhatTheySigned) {
  const SigningKey key = SigningKey::generate();
  const Buffer message{1, 2, 3};
  auto signature = key.sign(message);
  EXPECT_TRUE(verify_signature(key.signer(), message, signature));
  EXPECT_FALSE(verify_signature(SigningKey::generate().signer(), message, signature));
  EXPECT_FALSE(verify_signature(key.signer(), Buffer{1, 2, 4}, signature));
  EXPECT_FALSE(verify_signature(key.signer(), message, ByteView(signature).first(63)));
  signature[5] ^= 1;
  EXPECT_FALSE(verify_signature(key.signer(), message, signature));
}

}  // namespace
}  // namespace walden::testing
