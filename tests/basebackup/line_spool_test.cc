#include "basebackup/line_spool.h"

#include <gtest/gtest.h>

#include <vector>

namespace walden {
namespace {

TEST(LineSpool, GivesItsLinesBackAsOftenAsItIsAsked) {
  auto spool = LineSpool::create();
  ASSERT_TRUE(spool) << spool.error().cause;
  // Longer than what is read at a time, and than what is held back.
  const std::vector<std::string> lines{"one", "", std::string(1'000'000, 'x'), "last"};
  for (const auto& line : lines) ASSERT_TRUE(spool->append(line));
  ASSERT_TRUE(spool->finish());
  for (int times = 0; times < 2; ++times) {
    LineSpool::Reader reader(*spool);
    for (const auto& line : lines) {
      const auto read = reader.next();
      ASSERT_TRUE(read && *read);
      EXPECT_TRUE(**read == line);
    }
    EXPECT_FALSE(reader.next().value());
  }
}

}  // namespace
}  // namespace walden
