#include "basebackup/drill_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>

#include "basebackup/drill_remains.h"
#include "tests/support/server_user.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class DrillPlaceTest : public ::testing::Test {
 protected:
  DrillPlaceTest() {
    testing::give_to_server_user(folder_.path());
    make(scratch_);
  }
  static void make(const fs::path& directory) {
    fs::create_directory(directory);
    testing::give_to_server_user(directory);
  }
  void expect_refused(const std::string& why) {
    const auto place = DrillPlace::create(scratch_, "1");
    ASSERT_FALSE(place);
    EXPECT_THAT(place.error().cause, HasSubstr(why));
    EXPECT_NE(place.error().remedy, "");
  }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(scratch_), fs::directory_iterator()));
  }

  testing::TemporaryDirectory folder_;
  fs::path scratch_ = folder_ / "scratch";
};

TEST_F(DrillPlaceTest, IsAFolderOfItsOwnThatGoesWithIt) {
  {
    const auto place = DrillPlace::create(scratch_, "1");
    ASSERT_TRUE(place) << place.error().cause;
    EXPECT_TRUE(fs::is_directory(place->sockets()));
    EXPECT_EQ(entries(), 1U);
  }
  EXPECT_EQ(entries(), 0U);
}

TEST_F(DrillPlaceTest, ThatIsNotThereIsRefused) {
  fs::remove(scratch_);
  expect_refused("is not there");
}

TEST_F(DrillPlaceTest, WithAnythingElseInItIsRefused) {
  std::ofstream(scratch_ / "letters.txt") << "dear";
  expect_refused("not empty: letters.txt");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(DrillPlaceTest, WithAFolderOfTheSameNameThatIsNotADrillsIsRefused) {
  fs::create_directory(scratch_ / "walden-drill-mine");
  std::ofstream(scratch_ / "walden-drill-mine/letters.txt") << "dear";
  expect_refused("walden-drill-mine");
  EXPECT_TRUE(fs::exists(scratch_ / "walden-drill-mine/letters.txt"));
}

TEST_F(DrillPlaceTest, WithinADataDirectoryIsRefusedAtAnyDepth) {
  std::ofstream(folder_ / "PG_VERSION") << "15\n";
  expect_refused("which is a data directory");
  make(scratch_ / "deeper");
  scratch_ /= "deeper";
  expect_refused("which is a data directory");
}

TEST_F(DrillPlaceTest, OfARunningServerIsRefusedWithItsPid) {
  std::ofstream(folder_ / "postmaster.pid") << ::getpid() << "\n";
  expect_refused("of a running server (pid " + std::to_string(::getpid()) + ")");
}

TEST_F(DrillPlaceTest, WithinATablespaceIsRefused) {
  fs::create_directory(folder_ / "PG_15_202209061");
  expect_refused("which is a tablespace");
}

TEST_F(DrillPlaceTest, ByALinkIntoADataDirectoryIsRefused) {
  fs::create_directories(folder_ / "data/here");
  std::ofstream(folder_ / "data/PG_VERSION") << "15\n";
  fs::remove(scratch_);
  fs::create_symlink(folder_ / "data/here", scratch_);
  expect_refused("data directory");
}

TEST_F(DrillPlaceTest, ClearsAwayWhatAKilledDrillLeft) {
  const fs::path rest = scratch_ / "walden-drill-0";
  fs::create_directories(rest / "data/base");
  std::ofstream(rest / ".walden-drill") << "A drill of Walden's runs here, or was killed here.\n";
  fs::create_directory(scratch_ / "walden-drill-00");  // killed before it made the marker
  const auto place = DrillPlace::create(scratch_, "1");
  ASSERT_TRUE(place) << place.error().cause;
  EXPECT_EQ(place->cleared(), 2);
  EXPECT_FALSE(fs::exists(rest));
}

TEST_F(DrillPlaceTest, IsSharedWithNoOtherDrill) {
  const auto first = DrillPlace::create(scratch_, "0");
  ASSERT_TRUE(first) << first.error().cause;
  expect_refused("another drill is running");
  EXPECT_TRUE(fs::exists(first->sockets()));
}

TEST_F(DrillPlaceTest, LeavesAKeptCopyAlone) {
  fs::path kept;
  {
    auto first = DrillPlace::create(scratch_, "0");
    ASSERT_TRUE(first) << first.error().cause;
    ASSERT_TRUE(first->keep());
    kept = first->path();
  }
  ASSERT_TRUE(fs::exists(kept));
  { ASSERT_TRUE(DrillPlace::create(scratch_, "1")); }
  EXPECT_TRUE(fs::exists(kept / "socket"));
}

TEST_F(DrillPlaceTest, TooDeepForASocketIsRefused) {
  for (int i = 0; i < 3; ++i) {
    scratch_ /= std::string(40, 'x');
    make(scratch_);
  }
  expect_refused("too long");
}

TEST_F(DrillPlaceTest, NeedsRoomForTheFilesAndForWhatReplayAdds) {
  EXPECT_EQ(wal_reserve(100, 50), 50U);
  EXPECT_EQ(wal_reserve(100, 5'000'000'000), 1'000'000'000U);
  EXPECT_EQ(wal_reserve(100'000'000'000, 50'000'000'000), 20'000'000'000U);
  EXPECT_TRUE(check_room(scratch_, 1, 1));
  const auto room = check_room(scratch_, std::uint64_t{1} << 60U, 0);
  ASSERT_FALSE(room);
  EXPECT_THAT(room.error().cause, HasSubstr("free"));
}

}  // namespace
}  // namespace walden
