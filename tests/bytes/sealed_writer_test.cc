#include "common/bytes/sealed_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "tests/bytes/sealing.h"

namespace walden::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kFrame = kFrameSize;

struct Case {
  Suite suite;
  unsigned threads;
};

class SealedWriterOf : public ::testing::TestWithParam<Case> {
 protected:
  void expect_round_trip(std::size_t size, std::size_t step) {
    SCOPED_TRACE(std::to_string(size) + " bytes in steps of " + std::to_string(step));
    const auto [suite, threads] = GetParam();
    const Buffer plaintext = sample_plaintext(size);
    const auto sealed = seal(keys.sealing(suite, threads), plaintext, step);
    const auto opened = open(keys.opening(threads), sealed.stored, step);
    ASSERT_TRUE(opened) << opened.error().cause;
    EXPECT_TRUE(*opened == plaintext);
    EXPECT_EQ(sealed.summary.frame_sizes.size(), (size + kFrame - 1) / kFrame);
    expect_true_summary(sealed, plaintext);
  }

  void expect_true_summary(const Sealed& sealed, ByteView plaintext) {
    const SealedSummary& summary = sealed.summary;
    EXPECT_EQ(summary.plaintext_size, plaintext.size());
    EXPECT_EQ(summary.plaintext_digest, Sha256::of(plaintext));
    EXPECT_EQ(summary.content_id, content_id(sample_identity(), summary.plaintext_digest));
    EXPECT_EQ(summary.stored_size, sealed.stored.size());
    EXPECT_EQ(summary.signer, keys.signing->signer());
    const auto frames = std::accumulate(summary.frame_sizes.begin(), summary.frame_sizes.end(), 0U);
    EXPECT_LT(summary.header_size + frames, summary.stored_size);
  }

  Keys keys;
};

TEST_P(SealedWriterOf, RoundTripsEverySizeAroundAFrame) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kFrame - 1, kFrame, kFrame + 1,
                                 7 * kFrame, 7 * kFrame + 4711}) {
    for (const std::size_t step : {std::size_t{65521}, kFrame, kNoLimit}) {
      expect_round_trip(size, step);
    }
  }
}

TEST_P(SealedWriterOf, RoundTripsByteByByte) {
  expect_round_trip(2 * kFrame + 1, 1);
}

INSTANTIATE_TEST_SUITE_P(AllSuites, SealedWriterOf,
                         ::testing::Values(Case{Suite::checksummed, 1}, Case{Suite::checksummed, 4},
                                           Case{Suite::aes_256_gcm, 1}, Case{Suite::aes_256_gcm, 2},
                                           Case{Suite::aes_256_gcm, 4},
                                           Case{Suite::chacha20_poly1305, 2}),
                         [](const auto& chosen) {
                           return suite_name(chosen.param.suite) + "On" +
                                  std::to_string(chosen.param.threads) + "Threads";
                         });

std::unique_ptr<SealedWriter> writer_into(ByteSink& sink, const Sealing& sealing = {}) {
  auto writer = SealedWriter::create(sealing, sample_identity(), sink);
  if (!writer) throw std::runtime_error(writer.error().cause);
  return std::move(*writer);
}

void expect_position(const SealedWriter& writer, std::uint32_t frame, std::uint32_t offset) {
  EXPECT_EQ(writer.position().frame, frame);
  EXPECT_EQ(writer.position().offset, offset);
}

TEST(SealedWriter, SaysWhereTheNextByteWillBe) {
  BufferSink stored(kNoLimit);
  const auto writer = writer_into(stored);
  expect_position(*writer, 0, 0);
  ASSERT_TRUE(writer->write(sample_plaintext(100)));
  expect_position(*writer, 0, 100);
  ASSERT_TRUE(writer->end_frame());
  expect_position(*writer, 1, 0);
  ASSERT_TRUE(writer->end_frame());
  expect_position(*writer, 1, 0);
  ASSERT_TRUE(writer->write(sample_plaintext(kFrame)));
  expect_position(*writer, 2, 0);
  ASSERT_TRUE(writer->end_frame());
  ASSERT_TRUE(writer->write(sample_plaintext(kFrame + 7)));
  expect_position(*writer, 3, 7);
  const auto summary = writer->finish();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->frame_sizes.size(), 4);
}

TEST(SealedWriter, EndsFramesWhereItIsTold) {
  const Keys keys;
  const std::vector<Buffer> parts{sample_plaintext(10, 1), sample_plaintext(kFrame, 2),
                                  sample_plaintext(3, 3)};
  const auto sealed = seal_frames(keys.sealing(Suite::aes_256_gcm, 2), parts);
  ASSERT_EQ(sealed.summary.frame_sizes.size(), 3);
  auto opener = FrameOpener::create(keys.opening(), sample_identity(), sealed.stored);
  ASSERT_TRUE(opener) << opener.error().cause;
  std::size_t offset = sealed.summary.header_size;
  for (std::uint32_t frame = 0; frame < parts.size(); ++frame) {
    const std::size_t size = sealed.summary.frame_sizes[frame];
    const auto plaintext = opener->open(frame, ByteView(sealed.stored).subspan(offset, size));
    ASSERT_TRUE(plaintext) << plaintext.error().cause;
    EXPECT_TRUE(*plaintext == parts[frame]);
    offset += size;
  }
}

TEST(SealedWriter, SealsTheSameTwiceToDifferentBytesOfTheSameContentId) {
  const Keys keys;
  const auto sealing = keys.sealing(Suite::aes_256_gcm);
  const auto once = seal(sealing, sample_plaintext(1000));
  const auto again = seal(sealing, sample_plaintext(1000));
  EXPECT_NE(once.stored, again.stored);
  EXPECT_EQ(once.summary.content_id, again.summary.content_id);
}

TEST(SealedWriter, ShowsNothingOfThePlaintext) {
  const Keys keys;
  const std::string text = "the quick brown fox jumps over the lazy dog";
  for (const Suite suite : {Suite::aes_256_gcm, Suite::chacha20_poly1305}) {
    const auto sealed = seal(keys.sealing(suite), bytes_of(text));
    EXPECT_THAT(std::string(text_of(sealed.stored)), Not(HasSubstr("quick")));
  }
  EXPECT_THAT(std::string(text_of(seal({}, bytes_of(text)).stored)), HasSubstr("quick"));
}

TEST(SealedWriter, SealsToSixteenRecipientsAndRefusesSeventeen) {
  Sealing sealing;
  std::vector<Keys> recipients(kMaxRecipients);
  for (const auto& keys : recipients) sealing.recipients.push_back(keys.secret->recipient());
  const auto sealed = seal(sealing, sample_plaintext(100));
  for (const auto& keys : recipients) {
    const auto opened = open({.secret_key = keys.secret, .trusted_signers = {}}, sealed.stored);
    EXPECT_TRUE(opened) << opened.error().cause;
  }
  sealing.recipients.push_back(Keys().secret->recipient());
  BufferSink stored(kNoLimit);
  const auto refused = SealedWriter::create(sealing, sample_identity(), stored);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::configuration);
  EXPECT_THAT(refused.error().cause, HasSubstr("17"));
}

TEST(SealedWriter, RefusesRecipientsWithoutACipher) {
  const Keys keys;
  Sealing sealing = keys.sealing(Suite::aes_256_gcm);
  sealing.suite = Suite::checksummed;
  BufferSink stored(kNoLimit);
  const auto refused = SealedWriter::create(sealing, sample_identity(), stored);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::configuration);
  EXPECT_TRUE(stored.buffer().empty());
}

TEST(SealedWriter, RefusesARecipientThatIsNoPublicKey) {
  Sealing sealing;
  sealing.recipients.emplace_back();  // all zeros: a point of small order
  BufferSink stored(kNoLimit);
  const auto refused = SealedWriter::create(sealing, sample_identity(), stored);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::configuration);
}

TEST(SealedWriter, RefusesANameThatDoesNotFitTheHeader) {
  for (const std::size_t length : {4000U, 5000U, 70000U}) {
    BufferSink stored(kNoLimit);
    const ObjectIdentity identity{"orders", 1, std::string(length, 'n')};
    const auto refused = SealedWriter::create({}, identity, stored);
    EXPECT_EQ(refused.has_value(), length == 4000U);
    if (!refused) {
      EXPECT_EQ(refused.error().kind, ErrorKind::configuration);
    }
  }
}

class SealedWriterIntoAFullDisk : public ::testing::TestWithParam<unsigned> {};

TEST_P(SealedWriterIntoAFullDisk, SaysSoAndEndsItsThreads) {
  for (const std::size_t room : {std::size_t{500}, kFrame, 3 * kFrame}) {
    FailingSink full(room);
    const auto writer =
        writer_into(full, {.recipients = {}, .signing_key = {}, .threads = GetParam()});
    Result<> written;
    for (int i = 0; written && i < 12; ++i) written = writer->write(sample_plaintext(kFrame));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::local_io);
    EXPECT_FALSE(writer->write(sample_plaintext(1)));
    const auto summary = writer->finish();
    ASSERT_FALSE(summary);
    EXPECT_THAT(summary.error().cause, HasSubstr("no space left"));
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, SealedWriterIntoAFullDisk, ::testing::Values(1U, 2U, 5U),
                         ::testing::PrintToStringParamName());

TEST(SealedWriter, EndsItsThreadsWhenItIsGivenUpHalfway) {
  BufferSink stored(kNoLimit);
  const auto writer = writer_into(stored, {.recipients = {}, .signing_key = {}, .threads = 3});
  ASSERT_TRUE(writer->write(sample_plaintext(5 * kFrame + 5)));
}

TEST(SealedWriter, TakesNothingAfterItsEnd) {
  BufferSink stored(kNoLimit);
  const auto writer = writer_into(stored);
  ASSERT_TRUE(writer->finish());
  const Buffer finished = stored.buffer();
  EXPECT_FALSE(writer->write(sample_plaintext(1)));
  EXPECT_FALSE(writer->end_frame());
  EXPECT_FALSE(writer->finish());
  EXPECT_EQ(stored.buffer(), finished);
}

}  // namespace
}  // namespace walden::testing
