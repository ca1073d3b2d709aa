#include "common/postgres/lsn.h"

#include <gtest/gtest.h>

namespace walden {
namespace {

TEST(Lsn, ReadsWhatItWrites) {
  for (const char* text : {"0/0", "0/1000028", "A2/7C000028", "FFFFFFFF/FFFFFFFF"}) {
    const auto lsn = Lsn::parse(text);
    ASSERT_TRUE(lsn) << text;
    EXPECT_EQ(lsn->to_text(), text);
  }
  EXPECT_EQ(Lsn::parse("A2/7C000028")->value, 0xA27C000028U);
}

TEST(Lsn, ReadsSmallLettersAndLeadingZeros) {
  EXPECT_EQ(Lsn::parse("a2/0007c028")->to_text(), "A2/7C028");
}

TEST(Lsn, RefusesEverythingElse) {
  for (const char* text : {"", "/", "1", "1/", "/1", "1/2/3", "0x1/2", "-1/2", "+1/2", " 1/2",
                           "1/2 ", "1/G", "100000000/0", "0/100000000"}) {
    const auto lsn = Lsn::parse(text);
    ASSERT_FALSE(lsn) << text;
    EXPECT_EQ(lsn.error().kind, ErrorKind::usage);
  }
}

}  // namespace
}  // namespace walden
