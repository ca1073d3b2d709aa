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

}  // namespace
}  // namespace walden
