#include "common/bytes/digest_in_order.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace walden {
namespace {

std::vector<std::string> frames_of(int count) {
  std::vector<std::string> frames;
  for (int i = 0; i < count; ++i) {
    frames.emplace_back(1000 + i % 7 * 300, static_cast<char>('a' + i % 26));
  }
  return frames;
}

Digest digest_of(const std::vector<std::string>& frames) {
  Sha256 digest;
  for (const auto& frame : frames) digest.update(bytes_of(frame));
  return digest.finish();
}

TEST(DigestInOrder, IsThatOfTheFramesInTheirOrder) {
  const auto frames = frames_of(5);
  DigestInOrder digest;
  for (const std::uint32_t number : {3U, 1U, 0U, 4U, 2U}) {
    digest.add(number, bytes_of(frames[number]));
  }
  EXPECT_EQ(digest.finish(), digest_of(frames));
}

TEST(DigestInOrder, IsTheSameWhoeverIsFirst) {
  const auto frames = frames_of(3000);
  DigestInOrder digest;
  std::atomic<std::uint32_t> next = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (std::uint32_t n = next++; n < frames.size(); n = next++) {
          digest.add(n, bytes_of(frames[n]));
        }
      });
    }
  }
  EXPECT_EQ(digest.finish(), digest_of(frames));
}

// What its caller relies on: its buffer is free once all lower numbers have returned.
TEST(DigestInOrder, HasDigestedAFrameOnceAllBeforeItWereAdded) {
  const auto frames = frames_of(3);
  DigestInOrder digest;
  std::string last = frames[2];
  digest.add(2, bytes_of(last));
  digest.add(1, bytes_of(frames[1]));
  digest.add(0, bytes_of(frames[0]));
  last.assign(last.size(), '?');
  EXPECT_EQ(digest.finish(), digest_of(frames));
}

}  // namespace
}  // namespace walden
