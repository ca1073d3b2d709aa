#include "common/worker/lifetime.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using testing::write_text;

class LifetimeTest : public ::testing::Test {
 protected:
  LifetimeTest() {
    fs::create_directory(pgdata());
    for (const auto& path : {program(), configuration()}) write_text(path, "first");
  }
  [[nodiscard]] fs::path pgdata() const { return folder_ / "pgdata"; }
  [[nodiscard]] fs::path pid_file() const { return pgdata() / "postmaster.pid"; }
  [[nodiscard]] fs::path program() const { return folder_ / "program"; }
  [[nodiscard]] fs::path configuration() const { return folder_ / "walden.toml"; }
  [[nodiscard]] fs::path absent() const { return folder_ / "key"; }
  [[nodiscard]] Lifetime lifetime() const {
    return {pgdata(), {program(), configuration(), absent()}, seconds(60)};
  }
  testing::TemporaryDirectory folder_;
  const Lifetime::Time start_{seconds(1000)};
};

TEST_F(LifetimeTest, IsNotOutdatedWhileNothingChanges) {
  const Lifetime life = lifetime();
  EXPECT_FALSE(life.is_outdated());
  EXPECT_FALSE(life.is_over(start_, start_ + seconds(59)));
}

TEST_F(LifetimeTest, IsOutdatedWhenAWatchedFileChanges) {
  for (const auto& path : {program(), configuration()}) {
    const Lifetime life = lifetime();
    write_text(path, "another " + path.native());
    EXPECT_TRUE(life.is_outdated()) << path;
  }
}

TEST_F(LifetimeTest, IsOutdatedWhenAWatchedFileIsReplacedByOneAlike) {
  for (const auto& path : {program(), configuration()}) {
    const Lifetime life = lifetime();
    const fs::path alike = folder_ / "alike";
    fs::copy_file(path, alike);
    fs::last_write_time(alike, fs::last_write_time(path));
    fs::rename(alike, path);
    EXPECT_TRUE(life.is_outdated()) << path;
  }
}

TEST_F(LifetimeTest, IsOutdatedWhenOnlyTheTimeOfAWatchedFileChanges) {
  const Lifetime life = lifetime();
  fs::last_write_time(program(), fs::last_write_time(program()) + std::chrono::nanoseconds(1));
  EXPECT_TRUE(life.is_outdated());
}

TEST_F(LifetimeTest, IsOutdatedWhenAWatchedFileGoesOrComes) {
  for (const auto& path : {program(), configuration()}) {
    const Lifetime life = lifetime();
    fs::remove(path);
    EXPECT_TRUE(life.is_outdated()) << path;
  }
  const Lifetime life = lifetime();
  EXPECT_FALSE(life.is_outdated());
  write_text(absent(), "");
  EXPECT_TRUE(life.is_outdated());
}

TEST_F(LifetimeTest, LooksAtWhatALinkLeadsTo) {
  fs::remove(configuration());
  fs::create_symlink(absent(), configuration());
  const Lifetime dangling = lifetime();
  EXPECT_FALSE(dangling.is_outdated());
  write_text(absent(), "1");
  EXPECT_TRUE(dangling.is_outdated());
  const Lifetime followed = lifetime();
  write_text(absent(), "22");
  EXPECT_TRUE(followed.is_outdated());
}

TEST_F(LifetimeTest, IsOutdatedWhenTheDataDirectoryGoes) {
  const Lifetime life = lifetime();
  fs::remove_all(pgdata());
  EXPECT_TRUE(life.is_outdated());
}

TEST_F(LifetimeTest, IsOutdatedWhenAnotherDataDirectoryTakesThePlace) {
  const Lifetime life = lifetime();
  fs::create_directory(folder_ / "new");
  fs::rename(pgdata(), folder_ / "old");
  fs::rename(folder_ / "new", pgdata());
  EXPECT_TRUE(life.is_outdated());
}

TEST_F(LifetimeTest, DoesNotMindWhatHappensInTheDataDirectory) {
  const Lifetime life = lifetime();
  write_text(pgdata() / "base/1", "");
  fs::last_write_time(pgdata(), fs::last_write_time(pgdata()) + seconds(5));
  EXPECT_FALSE(life.is_outdated());
}

TEST_F(LifetimeTest, IsOutdatedFromTheStartWithoutADataDirectory) {
  fs::remove_all(pgdata());
  EXPECT_TRUE(lifetime().is_outdated());
}

TEST_F(LifetimeTest, IsOverWhenTheServerHasGone) {
  write_text(pid_file(), std::to_string(::getpid()) + "\n");
  const Lifetime life = lifetime();
  EXPECT_FALSE(life.is_over(start_, start_));
  write_text(pid_file(), std::to_string(::getppid()) + "\n");  // it was started anew
  EXPECT_FALSE(life.is_over(start_, start_));
  fs::remove(pid_file());
  EXPECT_TRUE(life.is_over(start_, start_));
  EXPECT_FALSE(life.is_outdated());
}

TEST_F(LifetimeTest, IsOverWhenTheServerWasKilledAndLeftItsPidFile) {
  const pid_t server = ::fork();
  if (server == 0) {
    ::pause();
    ::_exit(0);
  }
  write_text(pid_file(), std::to_string(server) + "\n/some/data\n");
  const Lifetime life = lifetime();
  EXPECT_FALSE(life.is_over(start_, start_));
  ::kill(server, SIGKILL);
  ::waitpid(server, nullptr, 0);
  EXPECT_TRUE(life.is_over(start_, start_));
}

TEST_F(LifetimeTest, TakesAPidFileThatItDoesNotUnderstandForAServer) {
  write_text(pid_file(), "");
  EXPECT_FALSE(lifetime().is_over(start_, start_));
}

TEST_F(LifetimeTest, GoesOnWhereNoServerRanAtTheStart) {
  const Lifetime life = lifetime();
  EXPECT_FALSE(life.is_over(start_, start_));
  write_text(pid_file(), "1\n");
  EXPECT_FALSE(life.is_over(start_, start_));
}

TEST_F(LifetimeTest, IsOverWhenNobodyHasCalledForSoLong) {
  const Lifetime life = lifetime();
  EXPECT_TRUE(life.is_over(start_, start_ + seconds(60)));
  EXPECT_FALSE(life.is_over(start_ + seconds(30), start_ + seconds(60)));
}

}  // namespace
}  // namespace walden
