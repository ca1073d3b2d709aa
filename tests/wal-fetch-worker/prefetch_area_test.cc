#include "wal-fetch-worker/prefetch_area.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

namespace fs = std::filesystem;

// Left out of base backups and by pg_rewind: PostgreSQL's own rule for such names.
constexpr const char* kFolder = "pgsql_tmp_walden_fetch";

dev_t file_system_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_dev;
}

class PrefetchAreaTest : public ::testing::Test {
 protected:
  PrefetchAreaTest() { fs::create_directories(wal()); }
  [[nodiscard]] fs::path pgdata() const { return folder_ / "pgdata"; }
  [[nodiscard]] fs::path wal() const { return pgdata() / "pg_wal"; }
  [[nodiscard]] fs::path areas() const { return pgdata() / kFolder; }
  void link_wal_to(const fs::path& place) const {
    fs::create_directories(place);
    fs::remove(wal());
    fs::create_directory_symlink(place, wal());
  }
  // As a killed worker would.
  static void leave(const fs::path& area) {
    testing::write_text(area / "000000010000000000000001", "x");
    for (const fs::path& directory : {area, area.parent_path()}) {
      fs::permissions(directory, fs::perms::owner_all);
    }
  }
  fs::path place_of_area() {
    const auto area = PrefetchArea::create(pgdata());
    EXPECT_TRUE(area) << area.error().cause;
    return area ? area->path_of("x").parent_path().parent_path() : fs::path();
  }
  testing::TemporaryDirectory folder_;
};

TEST_F(PrefetchAreaTest, LiesInTheDataDirectoryForThisUserOnly) {
  const auto area = PrefetchArea::create(pgdata());
  ASSERT_TRUE(area) << area.error().cause;
  const fs::path directory = area->path_of("x").parent_path();
  EXPECT_EQ(directory, areas() / std::to_string(::getpid()));
  EXPECT_EQ(fs::status(directory).permissions(), fs::perms::owner_all);
  EXPECT_EQ(file_system_of(directory), file_system_of(wal()));
}

TEST_F(PrefetchAreaTest, KnowsHowMuchRoomThereIs) {
  const auto area = PrefetchArea::create(pgdata());
  ASSERT_TRUE(area);
  EXPECT_GT(area->free_space(), 0U);
  fs::remove_all(pgdata());
  EXPECT_EQ(area->free_space(), 0U);
}

TEST_F(PrefetchAreaTest, IsRemovedWithWhatIsInIt) {
  {
    auto area = PrefetchArea::create(pgdata());
    ASSERT_TRUE(area);
    testing::write_text(area->path_of("000000010000000000000001"), "x");
    const PrefetchArea moved = std::move(*area);
  }
  EXPECT_FALSE(fs::exists(areas()));
}

TEST_F(PrefetchAreaTest, RemovesWhatAKilledWorkerHasLeft) {
  leave(areas() / "999999999");
  const auto area = PrefetchArea::create(pgdata());
  ASSERT_TRUE(area);
  EXPECT_FALSE(fs::exists(areas() / "999999999"));
}

TEST_F(PrefetchAreaTest, TakesOverWhatAKilledWorkerOfTheSameNumberHasLeft) {
  const fs::path left = areas() / std::to_string(::getpid());
  leave(left);
  const auto area = PrefetchArea::create(pgdata());
  ASSERT_TRUE(area) << area.error().cause;
  EXPECT_FALSE(fs::exists(left / "000000010000000000000001"));
}

TEST_F(PrefetchAreaTest, RemovesNothingThatIsNoArea) {
  leave(areas() / "mine");
  (void)place_of_area();
  EXPECT_TRUE(fs::exists(areas() / "mine/000000010000000000000001"));
}

TEST_F(PrefetchAreaTest, DoesNotTrustAFolderThatOthersMayEnter) {
  fs::create_directory(areas());
  fs::permissions(areas(), fs::perms(0755));
  EXPECT_NE(place_of_area(), areas());
}

TEST_F(PrefetchAreaTest, DoesNotFollowALink) {
  const fs::path elsewhere = folder_ / "elsewhere";
  leave(elsewhere / "999999999");
  fs::create_directory_symlink(elsewhere, areas());
  EXPECT_NE(place_of_area(), areas());
  EXPECT_TRUE(fs::exists(elsewhere / "999999999/000000010000000000000001"));
}

TEST_F(PrefetchAreaTest, LeavesALivingWorkersAlone) {
  const fs::path other = areas() / "999999999";
  leave(other);
  const FileDescriptor lock(::open((other / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  ASSERT_EQ(::flock(lock.get(), LOCK_EX), 0);
  (void)place_of_area();  // comes and goes
  EXPECT_TRUE(fs::exists(other / "000000010000000000000001"));
}

TEST_F(PrefetchAreaTest, LiesInTheDataDirectoryWhenPgWalIsALinkOnTheSameFileSystem) {
  link_wal_to(folder_ / "elsewhere/wal");
  EXPECT_EQ(place_of_area(), areas());
}

TEST_F(PrefetchAreaTest, LiesBesidePgWalWhenThatIsOnAnotherFileSystem) {
  struct stat shared {};
  if (::stat("/dev/shm", &shared) != 0 || shared.st_dev == file_system_of(pgdata()) ||
      ::access("/dev/shm", W_OK) != 0) {
    GTEST_SKIP() << "/dev/shm is no other file system";
  }
  std::string other = "/dev/shm/walden-test-XXXXXX";
  ASSERT_NE(::mkdtemp(other.data()), nullptr);
  link_wal_to(fs::path(other) / "wal");
  EXPECT_EQ(place_of_area(), fs::path(other) / kFolder);
  EXPECT_FALSE(fs::exists(areas()));
  fs::remove_all(other);
}

TEST_F(PrefetchAreaTest, CannotBeWithoutPgWal) {
  fs::remove(wal());
  const auto area = PrefetchArea::create(pgdata());
  ASSERT_FALSE(area);
  EXPECT_NE(area.error().cause.find("pg_wal"), std::string::npos);
}

}  // namespace
}  // namespace walden
