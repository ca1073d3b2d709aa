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

}  // namespace
}  // namespace walden
