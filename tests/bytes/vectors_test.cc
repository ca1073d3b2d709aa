// The test vectors of docs/format.md: objects written once, which every later version must open.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/bytes/files.h"
#include "tests/bytes/sealing.h"

namespace walden::testing {
namespace {

using ::testing::ElementsAre;

const ObjectIdentity kIdentity{"orders", 7438201938475610283U,
                               "7438201938475610283/wal/00000002.history"};
constexpr std::string_view kSecretKey =
    "WALDEN-SECRET-KEY-1QQQSYQCYQ5RQWZQFPG9SCRGWPUGPZYSNZS23V9CCRYDPK8QARC0S64CKLF";
constexpr std::string_view kRecipient =
    "walden13aqvttdk3ujkyjh9kg2w5an6dmy5mq5a84a4uxk3hfhnugfc9p0scc9vdg";
constexpr std::string_view kSigningKey =
    "WALDEN-SIGNING-KEY-1GPQ5YS6YG4RYWJZFFF95CN2WFAG9Z5JN2324V46CT9D9KHZATE0SWTHYX5";
constexpr std::string_view kSigner =
    "walden-signer1y4pmjtl3p923z3m2mjpknkmdmjfnvedpr9udmg2qfmssvm9f2kwsyzdaje";
constexpr std::string_view kPlaintextDigest =
    "f1a8f9186fa2b6122ddf2ac283d5dd9cdede15e585482dc22f5b932742bf4b4b";
constexpr std::string_view kContentId =
    "8a6552798126571d6a0ad330458895972d84dd7676dbf72fa1dddcafa416745e";

Buffer vector_file(const std::string& name) {
  const auto text =
      read_file(std::string(WALDEN_SOURCE_DIR "/tests/bytes/vectors/") + name + ".hex", 10000);
  if (!text) throw std::runtime_error(text.error().cause);
  std::string digits(text_of(*text));
  std::erase(digits, '\n');
  Buffer bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

std::string expected_plaintext() {
  return std::string(5000, 'a') + "Walden\n" + std::string(1, '\0');
}

Opening vector_opening() {
  return {.secret_key = std::make_shared<const SecretKey>(SecretKey::parse(kSecretKey).value()),
          .trusted_signers = {SignerId::parse(kSigner).value()}};
}

struct Vector {
  const char* name;
  std::uint8_t suite;
  std::uint32_t header_size;
};

class FormatVector : public ::testing::TestWithParam<Vector> {};

TEST_P(FormatVector, OpensToWhatTheFormatSays) {
  const Buffer stored = vector_file(GetParam().name);
  EXPECT_EQ(stored[12], GetParam().suite);
  BufferSink plaintext(10000);
  SealedReader reader(vector_opening(), kIdentity, plaintext);
  const auto written = reader.write(stored);
  ASSERT_TRUE(written) << written.error().cause;
  const auto summary = reader.finish();
  ASSERT_TRUE(summary) << summary.error().cause;
  EXPECT_TRUE(text_of(plaintext.buffer()) == expected_plaintext());
  EXPECT_EQ(to_hex(summary->plaintext_digest), kPlaintextDigest);
  EXPECT_EQ(to_hex(summary->content_id), kContentId);
  EXPECT_EQ(summary->header_size, GetParam().header_size);
  EXPECT_THAT(summary->frame_sizes, ElementsAre(39, 36, 30));
  EXPECT_EQ(summary->signer.value().to_text(), kSigner);
}

TEST_P(FormatVector, IsCheckedWithoutAKey) {
  EXPECT_EQ(to_hex(check(vector_file(GetParam().name), kNoLimit, kIdentity).value()), kContentId);
}

INSTANTIATE_TEST_SUITE_P(Files, FormatVector,
                         ::testing::Values(Vector{"checksummed", 0, 125},
                                           Vector{"aes-256-gcm", 1, 214},
                                           Vector{"chacha20-poly1305", 2, 214}),
                         [](const auto& chosen) {
                           std::string name = chosen.param.name;
                           std::erase(name, '-');
                           return name;
                         });

TEST(FormatVectorKeys, HaveThePublicHalvesThatTheFormatSays) {
  EXPECT_EQ(SecretKey::parse(kSecretKey).value().recipient().to_text(), kRecipient);
  EXPECT_EQ(SigningKey::parse(kSigningKey).value().signer().to_text(), kSigner);
}

}  // namespace
}  // namespace walden::testing
