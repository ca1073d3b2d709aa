#include "common/postgres/control_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "common/postgres/crc32c.h"
#include "tests/support/postgres_server.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

constexpr std::uint64_t kSystem = 7438201938475610283;

Buffer control_file(std::uint32_t version, std::size_t crc_offset) {
  Buffer bytes(8192, 0);
  std::memcpy(bytes.data(), &kSystem, sizeof kSystem);
  std::memcpy(bytes.data() + 8, &version, sizeof version);
  bytes[100] = 0x77;
  const std::uint32_t crc = Crc32c::of(ByteView(bytes).first(crc_offset));
  std::memcpy(bytes.data() + crc_offset, &crc, sizeof crc);
  return bytes;
}

TEST(Crc32c, HasTheCheckValueOfItsCatalogueEntry) {
  EXPECT_EQ(Crc32c::of(bytes_of("123456789")), 0xE3069283U);
  EXPECT_EQ(Crc32c::of({}), 0U);
}

// Bit by bit, as the polynomial says: what is not found in a table or by an instruction.
std::uint32_t crc_by_bits(std::string_view text) {
  std::uint32_t crc = ~0U;
  for (const char c : text) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
  }
  return ~crc;
}

TEST(Crc32c, IsRightForEveryLength) {
  std::string text;
  for (int length = 0; length < 70; ++length) {
    EXPECT_EQ(Crc32c::of(bytes_of(text)), crc_by_bits(text)) << length;
    text += static_cast<char>(length * 37);
  }
}

TEST(Crc32c, DoesNotDependOnThePieces) {
  const std::string text = "the quick brown fox jumps over the lazy dog, twice and more";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Crc32c crc;
    crc.update(bytes_of(text).first(cut));
    crc.update(bytes_of(text).subspan(cut));
    EXPECT_EQ(crc.value(), Crc32c::of(bytes_of(text))) << cut;
  }
}

TEST(ControlFile, IsReadInTheLayoutsOf13To18) {
  for (const auto& [version, offset] : {std::pair{1300U, 288U}, {1700U, 288U}, {1800U, 292U}}) {
    const auto control = parse_control_file(control_file(version, offset));
    ASSERT_TRUE(control) << control.error().cause;
    EXPECT_EQ(control->system_identifier, kSystem);
    EXPECT_EQ(control->control_version, version);
  }
}

TEST(ControlFile, RefusesEveryFlippedBitBeforeTheChecksum) {
  const Buffer whole = control_file(1300, 288);
  for (std::size_t byte = 0; byte < 292; ++byte) {
    Buffer damaged = whole;
    damaged[byte] ^= 0x10U;
    EXPECT_FALSE(parse_control_file(damaged)) << byte;
  }
}

TEST(ControlFile, RefusesATruncatedOne) {
  const Buffer whole = control_file(1800, 292);
  for (const std::size_t size : {0U, 8U, 11U, 12U, 291U, 295U}) {
    EXPECT_EQ(parse_control_file(ByteView(whole).first(size)).error().kind, ErrorKind::corrupt);
  }
}

TEST(ControlFile, AsksForAnUpgradeWhenItsFormatIsNewer) {
  const auto control = parse_control_file(control_file(1900, 292));
  ASSERT_FALSE(control);
  EXPECT_EQ(control.error().kind, ErrorKind::configuration);
  EXPECT_THAT(control.error().remedy, ::testing::HasSubstr("Upgrade Walden"));
  EXPECT_EQ(parse_control_file(control_file(1201, 288)).error().kind, ErrorKind::configuration);
}

TEST(ControlFile, NamesTheFileItCannotRead) {
  const testing::TemporaryDirectory directory;
  const auto missing = read_control_file(directory.path());
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().cause, ::testing::HasSubstr("global/pg_control"));
  testing::write_control_file(directory.path(), kSystem);
  EXPECT_EQ(read_control_file(directory.path())->system_identifier, kSystem);
  testing::write_text(directory.path() / "global" / "pg_control", std::string(8192, 'x'));
  const auto damaged = read_control_file(directory.path());
  ASSERT_FALSE(damaged);
  EXPECT_THAT(damaged.error().cause, ::testing::HasSubstr("global/pg_control"));
}

TEST(ControlFile, OfARealServerIsRead) {
  WALDEN_SKIP_WITHOUT_POSTGRES();
  testing::PostgresServer server;
  const auto control = read_control_file(server.pgdata());
  ASSERT_TRUE(control) << control.error().cause;
  server.start();
  EXPECT_EQ(std::to_string(control->system_identifier), server.system_identifier());
}

}  // namespace
}  // namespace walden
