#include "common/postgres/wal_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "tests/support/wal_segment.h"

namespace walden {
namespace {

using ::testing::HasSubstr;
using walden::testing::segment_content;
using walden::testing::segment_file_name;
using walden::testing::SegmentSpec;

constexpr SegmentSpec kSpec{.timeline = 3, .number = 5, .size = 1U << 20U};

Buffer header_bytes(const SegmentSpec& spec = kSpec) {
  const std::string content = segment_content(spec);
  return {content.begin(), content.begin() + kLongPageHeaderSize};
}

template <class T>
Buffer changed(std::size_t offset, T value) {
  Buffer bytes = header_bytes();
  std::memcpy(bytes.data() + offset, &value, sizeof value);
  return bytes;
}

Result<> check(const char* name, std::uint64_t file_size = kSpec.size) {
  return check_segment(*WalName::parse(name), *parse_segment_header(header_bytes()), file_size);
}

TEST(SegmentHeader, IsReadAsPostgresWritesIt) {
  const auto header = parse_segment_header(header_bytes());
  ASSERT_TRUE(header) << header.error().cause;
  EXPECT_EQ(postgres_version_of(header->magic), 15);
  EXPECT_EQ(header->timeline, 3U);
  EXPECT_EQ(header->page_address.value, 5U << 20U);
  EXPECT_EQ(header->system_identifier, kSpec.system_identifier);
  EXPECT_EQ(header->segment_size, kSpec.size);
  EXPECT_EQ(header->page_size, 8192U);
}

TEST(SegmentHeader, RefusesEveryShorterPiece) {
  const Buffer whole = header_bytes();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parse_segment_header(ByteView(whole).first(size))) << size;
  }
}

TEST(SegmentHeader, RefusesWhatIsNoSegment) {
  const auto refuses = [](const Buffer& bytes) {
    const auto header = parse_segment_header(bytes);
    return !header && header.error().kind == ErrorKind::corrupt;
  };
  EXPECT_TRUE(refuses(Buffer(kLongPageHeaderSize, 0)));
  EXPECT_TRUE(refuses(changed<std::uint16_t>(0, 0xC110)));
  EXPECT_TRUE(refuses(changed<std::uint16_t>(2, 0)));                   // a short header
  EXPECT_TRUE(refuses(changed<std::uint32_t>(4, 0)));                   // timeline
  EXPECT_TRUE(refuses(changed<std::uint64_t>(8, (5U << 20U) + 8192)));  // page address
  EXPECT_TRUE(refuses(changed<std::uint32_t>(32, 3U << 20U)));          // segment size
  EXPECT_TRUE(refuses(changed<std::uint32_t>(32, 0)));
  EXPECT_TRUE(refuses(changed<std::uint32_t>(36, 0)));  // page size
  EXPECT_TRUE(refuses(changed<std::uint32_t>(36, 8000)));
}

TEST(SegmentHeader, LetsANewerPostgresArchive) {
  const auto header = parse_segment_header(changed<std::uint16_t>(0, 0xD1FF));
  ASSERT_TRUE(header);
  EXPECT_EQ(postgres_version_of(header->magic), 0);
}

TEST(CheckSegment, AcceptsTheSegmentOfThatNameInEverySize) {
  for (const std::uint32_t size : {1U << 20U, 16U << 20U, 1U << 26U}) {
    SegmentSpec spec = kSpec;
    spec.size = size;
    spec.number = 4099;
    const auto name = WalName::parse(segment_file_name(spec));
    ASSERT_TRUE(name);
    EXPECT_TRUE(check_segment(*name, *parse_segment_header(header_bytes(spec)), size)) << size;
  }
}

TEST(CheckSegment, AcceptsThePartialAndATimelineThatBeganInTheSegment) {
  EXPECT_TRUE(check("000000030000000000000005.partial"));
  EXPECT_TRUE(check("000000040000000000000005"));
}

TEST(CheckSegment, RefusesAnotherSegmentUnderThisNameAndNamesBoth) {
  const auto result = check("000000030000000000000006");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(result.error().cause, HasSubstr("000000030000000000000006"));
  EXPECT_THAT(result.error().cause, HasSubstr("0/500000"));
  EXPECT_THAT(result.error().cause, HasSubstr("0/600000"));
}

TEST(CheckSegment, RefusesALaterTimelineAnotherSizeAndWhatIsNoSegment) {
  EXPECT_FALSE(check("000000020000000000000005"));
  EXPECT_FALSE(check("000000030000000000000005", kSpec.size - 1));
  EXPECT_FALSE(check("000000030000000000000005", kSpec.size + 1));
  EXPECT_FALSE(check("000000030000000000000005", 0));
  EXPECT_FALSE(check("00000003.history"));
  EXPECT_FALSE(check("000000030000000000000005.00000028.backup"));
}

TEST(PostgresVersion, IsKnownFrom13To18) {
  EXPECT_EQ(postgres_version_of(0xD106), 13);
  EXPECT_EQ(postgres_version_of(0xD10D), 14);
  EXPECT_EQ(postgres_version_of(0xD110), 15);
  EXPECT_EQ(postgres_version_of(0xD113), 16);
  EXPECT_EQ(postgres_version_of(0xD116), 17);
  EXPECT_EQ(postgres_version_of(0xD118), 18);
  EXPECT_EQ(postgres_version_of(0xD10A), 0);
}

}  // namespace
}  // namespace walden
