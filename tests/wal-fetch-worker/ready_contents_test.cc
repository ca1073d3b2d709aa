#include "wal-fetch-worker/ready_contents.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

class ReadyContentsTest : public ::testing::Test {
 protected:
  // A file that came as `content`.
  std::filesystem::path file(const std::string& name, const std::string& content) {
    BufferSink sink(content.size());
    ContentTap tap(sink);
    // In pieces, as it comes.
    EXPECT_TRUE(tap.write(bytes_of(content).first(content.size() / 3)));
    EXPECT_TRUE(tap.write(bytes_of(content).subspan(content.size() / 3)));
    EXPECT_EQ(text_of(sink.buffer()), content);
    testing::write_text(folder_ / name, content);
    contents_.note(folder_ / name, tap.content());
    return folder_ / name;
  }

  testing::TemporaryDirectory folder_;
  ReadyContents contents_;
  const std::string text_ = std::string(700'000, 'w') + "al";
};

TEST_F(ReadyContentsTest, TakesAFileForWhatItIs) {
  EXPECT_FALSE(contents_.is_damaged(file("a", text_)));
  EXPECT_FALSE(contents_.is_damaged(file("b", "x")));
}

TEST_F(ReadyContentsTest, SeesEveryChange) {
  std::string flipped = text_;
  flipped[400'000] = 'x';
  for (const auto& changed :
       {flipped, text_ + '\0', text_.substr(1), std::string(), std::string(text_.size(), '\0')}) {
    const auto path = file("a", text_);
    testing::write_text(path, changed);
    EXPECT_TRUE(contents_.is_damaged(path)) << changed.size();
  }
}

TEST_F(ReadyContentsTest, TakesAFileOfWhichNothingIsKnownForDamaged) {
  testing::write_text(folder_ / "a", "x");
  EXPECT_TRUE(contents_.is_damaged(folder_ / "a"));
  const auto path = file("b", "x");
  EXPECT_FALSE(contents_.is_damaged(path));
  EXPECT_TRUE(contents_.is_damaged(path)) << "it is asked once for each file that came";
}

TEST_F(ReadyContentsTest, CallsNoFileDamagedThatIsNotThere) {
  const auto path = file("a", text_);
  std::filesystem::remove(path);
  EXPECT_FALSE(contents_.is_damaged(path));
}

TEST_F(ReadyContentsTest, RemembersThoseThatLieThereHoweverManyCame) {
  const auto kept = file("kept", text_);
  for (int i = 0; i < 2000; ++i) std::filesystem::remove(file("gone" + std::to_string(i), "x"));
  EXPECT_FALSE(contents_.is_damaged(kept));
}

}  // namespace
}  // namespace walden
