// The scanner on segments made by hand; on a server's log: wal_records_server_test.cc.
#include "common/postgres/wal_records.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/wal_segment.h"

namespace walden {
namespace {

using walden::testing::segment_content;
using walden::testing::SegmentSpec;

constexpr std::uint32_t kSize = 1U << 20U;
constexpr SegmentSpec kSpec{.number = 5, .size = kSize, .fill = 0};
constexpr Lsn kStart{5U * kSize};

struct Attempt {
  Result<> result;
  bool ended = false;
  Lsn valid_until;
};

Attempt scan(const std::string& content) {
  WalRecordScanner scanner(kStart, kSize, [](const WalEvent& /*event*/) -> Result<> {
    return fail(ErrorKind::usage, "no event was expected");
  });
  Attempt attempt{.result = scanner.write(bytes_of(content)), .valid_until = {}};
  attempt.ended = scanner.ended();
  attempt.valid_until = scanner.valid_until();
  return attempt;
}

template <class T>
std::string changed(std::size_t offset, T value) {
  std::string content = segment_content(kSpec);
  std::memcpy(content.data() + offset, &value, sizeof value);
  return content;
}

void expect_end_at_start(const std::string& content) {
  const Attempt attempt = scan(content);
  ASSERT_TRUE(attempt.result) << attempt.result.error().cause;
  EXPECT_TRUE(attempt.ended);
  EXPECT_EQ(attempt.valid_until, kStart);
}

TEST(WalRecordScanner, EndsWhereThereAreNoRecords) {
  expect_end_at_start(segment_content(kSpec));
  expect_end_at_start(std::string(kSize, '\0'));
}

TEST(WalRecordScanner, EndsAtAnOldPageOfARecycledSegment) {
  expect_end_at_start(changed<std::uint64_t>(8, 3U * kSize));
}

TEST(WalRecordScanner, EndsAtARecordThatIsNone) {
  expect_end_at_start(changed<std::uint32_t>(40, 23));           // shorter than its header
  expect_end_at_start(changed<std::uint32_t>(40, 0xFFFFFFFFU));  // longer than any
  expect_end_at_start(changed<std::uint32_t>(40, 100));          // a CRC of nothing
}

TEST(WalRecordScanner, DoesNotGuessAtANewerFormat) {
  const Attempt attempt = scan(changed<std::uint16_t>(0, 0xD1FF));
  ASSERT_FALSE(attempt.result);
  EXPECT_EQ(attempt.result.error().kind, ErrorKind::configuration);
}

TEST(WalRecordScanner, RefusesSegmentsOfAnotherSize) {
  const Attempt attempt = scan(changed<std::uint32_t>(32, 2 * kSize));
  ASSERT_FALSE(attempt.result);
  EXPECT_EQ(attempt.result.error().kind, ErrorKind::corrupt);
}

TEST(WalRecordScanner, HasNotEndedBeforeItWasGivenAnything) {
  const Attempt attempt = scan("");
  EXPECT_FALSE(attempt.ended);
  EXPECT_EQ(attempt.valid_until, kStart);
}

}  // namespace
}  // namespace walden
