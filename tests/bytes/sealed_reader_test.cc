#include "common/bytes/sealed_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/bytes/sealing.h"

namespace walden::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::size_t kHintOffset = 42 + 2 + 6 + 2 + 50 + 1 + 1;  // of sample_identity()'s header

class SealedReaderOf : public ::testing::TestWithParam<Suite> {
 protected:
  Sealed small() const { return seal_frames(keys.sealing(GetParam()), {{1, 2, 3}, {4, 5}, {6}}); }

  Keys keys;
};

TEST_P(SealedReaderOf, RefusesEveryTruncation) {
  const Buffer stored = small().stored;
  ASSERT_TRUE(open(keys.opening(), stored));
  for (std::size_t size = 0; size < stored.size(); ++size) {
    const auto opened = open(keys.opening(), ByteView(stored).first(size));
    ASSERT_FALSE(opened) << "cut after " << size << " of " << stored.size();
    EXPECT_EQ(opened.error().kind, ErrorKind::corrupt) << opened.error().cause;
    EXPECT_FALSE(check(ByteView(stored).first(size))) << size;
  }
}

TEST_P(SealedReaderOf, RefusesEveryFlippedBit) {
  Buffer stored = small().stored;
  for (std::size_t at = 0; at < stored.size(); ++at) {
    for (const unsigned bit : {0U, 3U, 7U}) {
      stored[at] = static_cast<std::uint8_t>(stored[at] ^ 1U << bit);
      const auto opened = open(keys.opening(), stored);
      ASSERT_FALSE(opened) << "byte " << at << " bit " << bit;
      // A version or a recipient that is not ours cannot be told from damage.
      const bool foreign = (at >= 8 && at < 10) || (at >= kHintOffset && at < kHintOffset + 8);
      if (!foreign) {
        EXPECT_EQ(opened.error().kind, ErrorKind::corrupt) << at << opened.error().cause;
      }
      EXPECT_FALSE(check(stored)) << "byte " << at << " bit " << bit;
      stored[at] = static_cast<std::uint8_t>(stored[at] ^ 1U << bit);
    }
  }
  EXPECT_TRUE(open(keys.opening(), stored));
}

TEST_P(SealedReaderOf, RefusesWhatWasAppended) {
  const Buffer stored = small().stored;
  Buffer longer = stored;
  longer.push_back(0);
  EXPECT_THAT(open(keys.opening(), longer).error().cause, HasSubstr("appended"));
  EXPECT_FALSE(check(longer));
  Buffer twice = stored;
  twice.insert(twice.end(), stored.begin(), stored.end());
  EXPECT_THAT(open(keys.opening(), twice).error().cause, HasSubstr("appended"));
}

TEST_P(SealedReaderOf, RefusesFramesThatChangedPlaces) {
  const auto sealed = seal_frames(keys.sealing(GetParam()), {{1, 2, 3}, {4, 5, 6}});
  const auto& sizes = sealed.summary.frame_sizes;
  ASSERT_EQ(sizes[0], sizes[1]);
  Buffer swapped = sealed.stored;
  const auto first = swapped.begin() + sealed.summary.header_size;
  std::swap_ranges(first, first + sizes[0], first + sizes[0]);
  const auto opened = open(keys.opening(), swapped);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().cause, AllOf(HasSubstr("frame 0"), HasSubstr(sample_identity().name)));
}

TEST_P(SealedReaderOf, RefusesAFrameFromAnotherObject) {
  const auto one = seal_frames(keys.sealing(GetParam()), {{1, 2, 3}, {4, 5, 6}});
  const auto other = seal_frames(keys.sealing(GetParam()), {{1, 2, 3}, {4, 5, 6}});
  ASSERT_EQ(one.summary.header_size, other.summary.header_size);
  Buffer mixed = one.stored;
  const auto offset = one.summary.header_size + one.summary.frame_sizes[0];
  std::copy_n(other.stored.begin() + offset, one.summary.frame_sizes[1], mixed.begin() + offset);
  const auto opened = open(keys.opening(), mixed);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().cause, HasSubstr("frame 1"));
}

TEST_P(SealedReaderOf, RefusesAFooterFromAnotherObject) {
  const auto one = seal_frames(keys.sealing(GetParam()), {{1, 2, 3}});
  const auto other = seal_frames(keys.sealing(GetParam()), {{1, 2, 3}});
  Buffer mixed = one.stored;
  const auto offset = one.summary.header_size + one.summary.frame_sizes[0];
  std::copy(other.stored.begin() + offset, other.stored.end(), mixed.begin() + offset);
  const auto opened = open(keys.opening(), mixed);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().cause, HasSubstr("footer"));
}

TEST_P(SealedReaderOf, SaysWhoseItIsWhenItLiesElsewhere) {
  const Buffer stored = small().stored;
  const auto refused = [&](const ObjectIdentity& expected) {
    EXPECT_FALSE(check(stored, kNoLimit, expected));
    EXPECT_FALSE(FrameOpener::create(keys.opening(), expected, stored));
    const auto opened = open(keys.opening(), stored, kNoLimit, expected);
    return opened ? std::string() : opened.error().cause;
  };
  ObjectIdentity expected = sample_identity();
  expected.cluster = "billing";
  EXPECT_THAT(refused(expected), HasSubstr("is cluster orders's, not billing's"));
  expected = sample_identity();
  expected.system_identifier = 5;
  EXPECT_THAT(refused(expected), HasSubstr("is of system 7438201938475610283, not 5"));
  expected = sample_identity();
  expected.name = "another";
  EXPECT_THAT(refused(expected), AllOf(HasSubstr("is named 7438"), HasSubstr("not another")));
}

TEST_P(SealedReaderOf, RefusesAnUnknownOrMissingSigner) {
  const Buffer stored = small().stored;
  Opening opening = keys.opening();
  opening.trusted_signers = {Keys().signing->signer()};
  const auto untrusted = open(opening, stored);
  ASSERT_FALSE(untrusted);
  EXPECT_EQ(untrusted.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(untrusted.error().cause, HasSubstr(keys.signing->signer().to_text()));
  opening.trusted_signers.clear();
  EXPECT_TRUE(open(opening, stored));

  Sealing sealing = keys.sealing(GetParam());
  sealing.signing_key = nullptr;
  const auto unsigned_object = seal(sealing, Buffer{1});
  EXPECT_TRUE(open(opening, unsigned_object.stored));
  EXPECT_THAT(open(keys.opening(), unsigned_object.stored).error().cause, HasSubstr("not signed"));
}

TEST_P(SealedReaderOf, TakesPiecesOfAnySize) {
  const auto sealed = small();
  for (std::size_t step = 1; step < 200; step += 13) {
    EXPECT_TRUE(open(keys.opening(), sealed.stored, step)) << step;
    EXPECT_EQ(check(sealed.stored, step).value(), sealed.summary.content_id);
  }
}

TEST_P(SealedReaderOf, EndsItsThreadsAfterABadFrameAndAfterAFailingSink) {
  const Buffer plaintext = sample_plaintext(std::size_t{9} * kFrameSize);
  auto sealed = seal(keys.sealing(GetParam(), 2), plaintext);
  for (const unsigned threads : {1U, 2U, 5U}) {
    FailingSink full(std::size_t{3} * kFrameSize);
    SealedReader reader(keys.opening(threads), sample_identity(), full);
    const auto written = reader.write(sealed.stored);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().cause, "no space left");
    EXPECT_FALSE(reader.finish());
  }
  sealed.stored[sealed.summary.header_size + sealed.summary.frame_sizes[0] + 100] ^= 1;
  for (const unsigned threads : {1U, 2U, 5U}) {
    const auto opened = open(keys.opening(threads), sealed.stored);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().cause, HasSubstr("frame 1 is damaged"));
  }
}

INSTANTIATE_TEST_SUITE_P(AllSuites, SealedReaderOf,
                         ::testing::Values(Suite::checksummed, Suite::aes_256_gcm,
                                           Suite::chacha20_poly1305),
                         [](const auto& chosen) { return suite_name(chosen.param); });

TEST(SealedReader, SaysWhichKeysOpenAnObject) {
  const Keys keys;
  const auto sealed = seal(keys.sealing(Suite::aes_256_gcm), Buffer{1});
  const auto missing = open({.secret_key = nullptr, .trusted_signers = {}}, sealed.stored);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::configuration);
  const Digest digest = Sha256::of(keys.secret->recipient().public_key);
  EXPECT_THAT(missing.error().cause, AllOf(HasSubstr("1 recipient"), HasSubstr("no secret key"),
                                           HasSubstr(to_hex(ByteView(digest).first(8)))));
  const auto wrong = open(Keys().opening(), sealed.stored);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().kind, ErrorKind::configuration);
  EXPECT_THAT(wrong.error().cause, HasSubstr("not to this host's key"));
}

TEST(SealedReader, AsksForAnUpgradeWhereTheFormatIsNewer) {
  const Keys keys;
  auto sealed = seal(keys.sealing(Suite::aes_256_gcm), Buffer{1});
  sealed.stored[8] = 2;
  const auto opened = open(keys.opening(), sealed.stored);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::configuration);
  EXPECT_THAT(opened.error().remedy, HasSubstr("Upgrade"));
}

TEST(SealedReader, GivesNoMemoryForALengthThatNoFrameCanHave) {
  const auto sealed = seal({}, Buffer{1, 2, 3});
  for (const std::uint32_t length : {0U, 16U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
    Buffer claimed(sealed.stored.begin(), sealed.stored.begin() + sealed.summary.header_size);
    for (unsigned i = 0; i < 4; ++i) claimed.push_back(static_cast<std::uint8_t>(length >> 8 * i));
    const auto opened = open({}, claimed);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().cause, HasSubstr("damaged")) << length;
  }
}

TEST(SealedReader, ShowsNoControlCharactersOfAForeignName) {
  ObjectIdentity hostile = sample_identity();
  hostile.name = "a\x1b[2J\nwal-fetch: all is well";
  const auto sealed = seal({}, Buffer{1}, kNoLimit, hostile);
  const auto opened = open({}, sealed.stored);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().cause, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\n"))));
}

}  // namespace
}  // namespace walden::testing
