#include "basebackup/server_facts.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

TEST(ServerFacts, ReadsASegmentSizeAsPostgresShowsIt) {
  EXPECT_EQ(parse_segment_size("1MB"), 1U << 20U);
  EXPECT_EQ(parse_segment_size("16MB"), 16U << 20U);
  EXPECT_EQ(parse_segment_size("1GB"), 1U << 30U);
}

TEST(ServerFacts, RefusesAnImpossibleSegmentSize) {
  for (const char* text : {"", "MB", "3MB", "2GB", "512kB", "16", "16 MB", "-1MB", "16MBx"}) {
    EXPECT_FALSE(parse_segment_size(text)) << text;
  }
}

TEST(ServerFacts, ReadsHowRelationsAreCut) {
  EXPECT_EQ(parse_block_layout("8192", "1GB")->in_a_segment, 131072U);
  EXPECT_EQ(parse_block_layout("8192", "48kB")->in_a_segment, 6U);
  EXPECT_EQ(parse_block_layout("32768", "16TB")->size, 32768U);
  EXPECT_EQ(parse_block_layout("1024", "1MB")->in_a_segment, 1024U);
}

TEST(ServerFacts, RefusesAnImpossibleCut) {
  for (const char* segment :
       {"", "GB", "0GB", "4kB", "12kB", "131072", "1 GB", "99999999999999TB"}) {
    EXPECT_FALSE(parse_block_layout("8192", segment)) << segment;
  }
  for (const char* block : {"", "512", "8193", "65536", "8kB"}) {
    EXPECT_FALSE(parse_block_layout(block, "1GB")) << block;
  }
}

TEST(ServerFacts, TellAnotherServerApart) {
  const ServerFacts before{.system_identifier = 7,
                           .timeline = 1,
                           .version = 170010,
                           .segment_size = 16U << 20U,
                           .data_checksums = "on"};
  EXPECT_TRUE(check_same_server(before, before));
  std::vector<ServerFacts> others(4, before);
  others[0].system_identifier = 8;
  others[1].is_standby = true;
  others[2].segment_size = 1U << 20U;
  others[3].data_checksums = "off";
  for (const auto& other : others) {
    const auto checked = check_same_server(before, other);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().kind, ErrorKind::transient);
    EXPECT_FALSE(checked.error().remedy.empty());
  }
}

}  // namespace
}  // namespace walden
