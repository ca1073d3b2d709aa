#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "tests/bytes/sealing.h"

namespace walden::testing {
namespace {

using ::testing::HasSubstr;

class FrameOpenerTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kFrames = 6;

  void SetUp() override {
    for (unsigned i = 0; i < kFrames; ++i) parts.push_back(sample_plaintext(70000 + 1000 * i, i));
    sealed = seal_frames(keys.sealing(Suite::aes_256_gcm, 2), parts);
  }

  [[nodiscard]] ByteView stored_frame(std::uint32_t frame) const {
    std::size_t offset = sealed.summary.header_size;
    for (std::uint32_t i = 0; i < frame; ++i) offset += sealed.summary.frame_sizes[i];
    return ByteView(sealed.stored).subspan(offset, sealed.summary.frame_sizes[frame]);
  }

  [[nodiscard]] FrameOpener opener() const {
    auto made = FrameOpener::create(keys.opening(), sample_identity(),
                                    ByteView(sealed.stored).first(kMaxHeaderSize));
    if (!made) throw std::runtime_error(made.error().cause);
    return std::move(*made);
  }

  Keys keys;
  std::vector<Buffer> parts;
  Sealed sealed;
};

TEST_F(FrameOpenerTest, OpensRandomFramesOnTwoThreadsAtOnce) {
  const FrameOpener shared = opener();
  EXPECT_EQ(shared.header_size(), sealed.summary.header_size);
  std::atomic<int> good = 0;
  const auto work = [&](unsigned seed) {
    std::minstd_rand random(seed);
    for (int i = 0; i < 100; ++i) {
      const auto frame = static_cast<std::uint32_t>(random() % kFrames);
      const auto plaintext = shared.open(frame, stored_frame(frame));
      if (plaintext && *plaintext == parts[frame]) ++good;
    }
  };
  std::thread one(work, 1);
  std::thread other(work, 2);
  one.join();
  other.join();
  EXPECT_EQ(good, 200);
}

TEST_F(FrameOpenerTest, RefusesAFrameUnderAnotherNumberAndGoesOn) {
  const FrameOpener shared = opener();
  const auto refused = shared.open(1, stored_frame(2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(refused.error().cause, HasSubstr("frame 1"));
  EXPECT_TRUE(shared.open(2, stored_frame(2)));
}

TEST_F(FrameOpenerTest, RefusesFramesOfAnotherLength) {
  const FrameOpener shared = opener();
  const ByteView whole = stored_frame(0);
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{3}, std::size_t{20}, whole.size() - 1}) {
    EXPECT_FALSE(shared.open(0, whole.first(size))) << size;
  }
  EXPECT_FALSE(shared.open(0, ByteView(whole.data(), whole.size() + 1)));
}

TEST_F(FrameOpenerTest, RefusesAHeaderThatIsNotWhole) {
  for (std::size_t size = 0; size < sealed.summary.header_size; ++size) {
    EXPECT_FALSE(FrameOpener::create(keys.opening(), sample_identity(),
                                     ByteView(sealed.stored).first(size)));
  }
}

}  // namespace
}  // namespace walden::testing
