#include "common/bytes/spool.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/environment.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

TEST(Spool, GivesBackWhatWasWritten) {
  auto spool = Spool::create();
  ASSERT_TRUE(spool);
  std::string all;
  for (int i = 0; i < 200'000; ++i) {
    const std::string piece = std::to_string(i) + " ";
    ASSERT_TRUE((*spool)->write(bytes_of(piece)));
    all += piece;
  }
  EXPECT_EQ((*spool)->size(), all.size());
  BufferSink copy(all.size());
  ASSERT_TRUE((*spool)->copy_to(copy));
  EXPECT_EQ(text_of(copy.buffer()), all);
  RangeReader reader((*spool)->fd(), 2, 13);
  EXPECT_EQ(text_of(*reader.take(4)), "1 2 ");
  EXPECT_EQ(reader.position(), 6U);
  EXPECT_FALSE(reader.take(8));
  EXPECT_EQ(text_of(*reader.take(7)), "3 4 5 6");
  EXPECT_TRUE(reader.at_end());
}

TEST(Spool, LeavesNoName) {
  const testing::TemporaryDirectory folder;
  testing::Environment environment;
  environment.set("TMPDIR", folder.path().string());
  auto spool = Spool::create();
  ASSERT_TRUE(spool);
  ASSERT_TRUE((*spool)->write(bytes_of("x")));
  ASSERT_TRUE((*spool)->flush());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Spool, NamesTheDirectoryThatIsNotThere) {
  testing::Environment environment;
  environment.set("TMPDIR", "/nonexistent");
  const auto spool = Spool::create();
  ASSERT_FALSE(spool);
  EXPECT_NE(spool.error().cause.find("/nonexistent"), std::string::npos);
}

}  // namespace
}  // namespace walden
