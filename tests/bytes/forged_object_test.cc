// Anybody who has a recipient's public key can make an object whose tags and digests are right.
// What such an object claims beyond that must be checked all the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include "tests/bytes/forger.h"
#include "tests/bytes/sealing.h"

namespace walden::testing {
namespace {

using ::testing::HasSubstr;

class ForgedObject : public ::testing::TestWithParam<Suite> {
 protected:
  void SetUp() override {
    forger.add_frame(Buffer{1, 2, 3});
    forger.add_frame(Buffer{4, 5, 6});
  }
  void expect_refused(const Buffer& stored, const std::string& because) const {
    for (const unsigned threads : {1U, 2U}) {
      const auto opened = open(keys.opening(threads), stored);
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
      EXPECT_THAT(opened.error().cause, HasSubstr(because));
    }
  }

  Keys keys;
  Forger forger{keys.sealing(GetParam()), sample_identity()};
};

TEST_P(ForgedObject, WithoutALieOpens) {
  forger.describe();
  const auto opened = open(keys.opening(), forger.finish());
  ASSERT_TRUE(opened) << opened.error().cause;
  EXPECT_EQ(*opened, (Buffer{1, 2, 3, 4, 5, 6}));
}

TEST_P(ForgedObject, OfAnotherSizeIsRefused) {
  forger.describe();
  ++forger.footer.plaintext_size;
  expect_refused(forger.finish(), "size and digest");
}

TEST_P(ForgedObject, OfAnotherDigestIsRefused) {
  forger.describe();
  forger.footer.plaintext_digest[7] ^= 1;
  forger.tail.content_id = content_id(sample_identity(), forger.footer.plaintext_digest);
  expect_refused(forger.finish(), "size and digest");
}

TEST_P(ForgedObject, WithAnotherListOfFramesIsRefused) {
  forger.describe();
  std::swap(++forger.footer.frame_sizes[0], --forger.footer.frame_sizes[1]);
  expect_refused(forger.finish(), "sizes in its footer");
}

TEST_P(ForgedObject, WithAnotherCountOfFramesIsRefused) {
  forger.describe();
  expect_refused(forger.finish([](Buffer& footer) { footer[0] = 3; }), "footer is damaged");
}

TEST_P(ForgedObject, WithFarTooManyFramesIsRefused) {
  forger.describe();
  expect_refused(forger.finish([](Buffer& footer) { footer[7] = 0xff; }), "footer is damaged");
}

TEST_P(ForgedObject, WithAFooterOfAnotherNumberIsRefused) {
  forger.describe();
  forger.footer_frames = 1;
  expect_refused(forger.finish(), "footer is damaged");
}

TEST_P(ForgedObject, WithTheContentIdOfOtherContentIsRefused) {
  forger.describe();
  forger.tail.content_id[0] ^= 1;
  expect_refused(forger.finish(), "content id");
}

TEST_P(ForgedObject, WithAWrongSignatureIsRefused) {
  forger.describe();
  expect_refused(forger.finish([](Buffer& footer) { footer.back() ^= 1; }), "signature is wrong");
}

TEST_P(ForgedObject, InTheNameOfATrustedSignerIsRefused) {
  forger.describe();
  const auto name_another = [](Buffer& footer) { footer[footer.size() - 96] ^= 1; };
  expect_refused(forger.finish(name_another), "signature is wrong");
}

TEST_P(ForgedObject, WithABadSignatureMarkIsRefused) {
  forger.describe();
  const auto mark = [](Buffer& footer) { footer[footer.size() - 97] = 2; };
  expect_refused(forger.finish(mark), "whether it is signed");
}

TEST_P(ForgedObject, WithAFrameThatIsNotOneWholeZstdFrameIsRefused) {
  const Buffer one = compressed(Buffer{7, 8, 9});
  Buffer two = one;
  append(two, one);
  const ByteView start = ByteView(one).first(one.size() / 2);
  const Buffer cut(start.begin(), start.end());
  Buffer padded = one;
  append(padded, Buffer{0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 0});  // a skippable frame of one byte
  for (const Buffer& text : {compressed({}), two, cut, padded, Buffer{1, 2, 3}}) {
    Forger forging(keys.sealing(GetParam()), sample_identity());
    forging.add_compressed(text);
    forging.describe();
    expect_refused(forging.finish(), "frame 0 is damaged");
  }
}

TEST_P(ForgedObject, WhoseFrameUnpacksToMoreThanAFrameIsRefused) {
  forger.add_compressed(compressed(Buffer(kFrameSize + 1)));
  forger.describe();
  expect_refused(forger.finish(), "frame 2 is damaged");
}

TEST_P(ForgedObject, WithAFrameThatHidesItsSizeIsRefused) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&::ZSTD_freeCCtx)> context(::ZSTD_createCCtx(),
                                                                       &::ZSTD_freeCCtx);
  ::ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0);
  const Buffer plaintext(100, 'x');
  Buffer text(200);
  text.resize(::ZSTD_compress2(context.get(), text.data(), text.size(), plaintext.data(), 100));
  forger.add_compressed(text);
  forger.describe();
  expect_refused(forger.finish(), "does not state a size");
}

INSTANTIATE_TEST_SUITE_P(AllSuites, ForgedObject,
                         ::testing::Values(Suite::checksummed, Suite::aes_256_gcm,
                                           Suite::chacha20_poly1305),
                         [](const auto& chosen) { return suite_name(chosen.param); });

// The frames of such an object fit its header, MAC and all: only the MAC itself does not.
TEST(ForgedHeader, IsFoundByItsMacAlone) {
  const Keys keys;
  for (const Suite suite : {Suite::checksummed, Suite::aes_256_gcm}) {
    NewObject object = begin_object(keys.sealing(suite), sample_identity()).value();
    ASSERT_TRUE(open_object(object.header, keys.secret.get()));
    object.header.bytes[20] ^= 1;  // the object id, which nothing else depends on
    const auto opened = open_object(object.header, keys.secret.get());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
    EXPECT_THAT(opened.error().cause, HasSubstr("MAC"));
  }
}

}  // namespace
}  // namespace walden::testing
