#include "common/postgres/wal_name.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

constexpr std::uint32_t k1MB = 1U << 20U;
constexpr std::uint32_t k16MB = 16U << 20U;
constexpr std::uint32_t k1GB = 1U << 30U;

TEST(WalName, ReadsAndWritesEveryKind) {
  struct Case {
    const char* text;
    WalName name;
  };
  const Case cases[] = {
      {"000000010000000A0000007C", {WalFileKind::segment, 1, 0xA, 0x7C, 0}},
      {"000000010000000A0000007C.partial", {WalFileKind::partial, 1, 0xA, 0x7C, 0}},
      {"000000010000000A0000007C.00000028.backup",
       {WalFileKind::backup_history, 1, 0xA, 0x7C, 0x28}},
      {"0000001F.history", {WalFileKind::timeline_history, 0x1F, 0, 0, 0}},
      {"FFFFFFFFFFFFFFFF00000FFF", {WalFileKind::segment, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFF, 0}},
  };
  for (const Case& one : cases) {
    const auto name = WalName::parse(one.text);
    ASSERT_TRUE(name) << one.text;
    EXPECT_EQ(*name, one.name) << one.text;
    EXPECT_EQ(name->to_text(), one.text);
  }
}

TEST(WalName, RefusesWhatPostgresDoesNotArchive) {
  for (const char* text : {"",
                           "1",
                           "RECOVERYXLOG",
                           "00000001",
                           "000000010000000A0000007",
                           "000000010000000A0000007C0",
                           "000000010000000a0000007c",
                           "000000010000000A0000007G",
                           "000000000000000A0000007C",
                           "00000000.history",
                           "000000010000000A00001000",
                           "000000010000000A0000007C.",
                           "000000010000000A0000007C.part",
                           "000000010000000A0000007C.partial.gz",
                           "000000010000000A0000007C.00000028.backu",
                           "000000010000000A0000007C.00000028xbackup",
                           "000000010000000A0000007C_00000028.backup",
                           "000000010000000A0000007C.40000000.backup",
                           "000000010000000A0000007C.0000028.backup",
                           "0000000G.history",
                           "00000001.history ",
                           "../000000010000000A0000007C",
                           "pg_wal/000000010000000A0000007C",
                           "00000001.historyx",
                           "00000001000000.history"}) {
    const auto name = WalName::parse(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error().kind, ErrorKind::usage);
  }
}

TEST(WalName, RefusesANameWithANulByteInIt) {
  EXPECT_FALSE(WalName::parse(std::string_view("000000010000000A0000007C\0", 25)));
  EXPECT_FALSE(WalName::parse(std::string_view("00000001.histor\0", 16)));
}

TEST(SegmentSize, IsAPowerOfTwoBetween1MBAnd1GB) {
  for (std::uint64_t size = k1MB; size <= k1GB; size *= 2) EXPECT_TRUE(valid_segment_size(size));
  for (const std::uint64_t size :
       {std::uint64_t{0}, std::uint64_t{k1MB / 2}, std::uint64_t{k1MB + 1}, std::uint64_t{3 * k1MB},
        std::uint64_t{k1GB} * 2}) {
    EXPECT_FALSE(valid_segment_size(size)) << size;
  }
}

TEST(SegmentNumber, GoesToItsNameAndBackInEverySize) {
  for (const std::uint32_t size : {k1MB, k16MB, k1GB}) {
    const std::uint64_t per_log = (std::uint64_t{1} << 32U) / size;
    for (const std::uint64_t number :
         {std::uint64_t{0}, std::uint64_t{1}, per_log - 1, per_log, per_log + 1, 7 * per_log + 2}) {
      const WalName name = segment_name(3, {number}, size);
      EXPECT_EQ(segment_number(name, size)->value, number) << name.to_text();
      EXPECT_EQ(WalName::parse(name.to_text()), name);
      EXPECT_EQ(segment_of(start_of({number}, size), size).value, number);
    }
  }
}

TEST(SegmentNumber, IsWhatPostgresSays) {
  EXPECT_EQ(segment_name(1, segment_of(*Lsn::parse("A2/7C000028"), k16MB), k16MB).to_text(),
            "00000001000000A20000007C");
  EXPECT_EQ(segment_name(1, segment_of(*Lsn::parse("A2/7C000028"), k1MB), k1MB).to_text(),
            "00000001000000A2000007C0");
  EXPECT_EQ(segment_name(1, segment_of(*Lsn::parse("A2/7C000028"), k1GB), k1GB).to_text(),
            "00000001000000A200000001");
}

TEST(SegmentNumber, RefusesALowPartThatTheSizeDoesNotAllow) {
  const auto number = [](const char* text, std::uint32_t size) {
    return segment_number(*WalName::parse(text), size);
  };
  EXPECT_TRUE(number("0000000100000001000000FF", k16MB));
  EXPECT_FALSE(number("000000010000000100000100", k16MB));
  EXPECT_TRUE(number("000000010000000100000FFF", k1MB));
  EXPECT_TRUE(number("000000010000000100000003", k1GB));
  EXPECT_EQ(number("000000010000000100000004", k1GB).error().kind, ErrorKind::usage);
  EXPECT_EQ(number("00000002.history", k1GB).error().kind, ErrorKind::usage);
}

TEST(SegmentBefore, HoldsTheByteBeforeThePosition) {
  EXPECT_EQ(segment_before({k16MB}, k16MB).value, 0U);
  EXPECT_EQ(segment_before({k16MB + 1}, k16MB).value, 1U);
  EXPECT_EQ(segment_before({0}, k16MB).value, 0U);
}

}  // namespace
}  // namespace walden
