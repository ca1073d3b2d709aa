#include "common/bytes/new_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

#include "common/bytes/files.h"
#include "tests/support/temporary_directory.h"

namespace walden::testing {
namespace {

using ::testing::HasSubstr;

namespace fs = std::filesystem;

class NewFiles : public ::testing::Test {
 protected:
  [[nodiscard]] NewFile written(std::string_view text) const {
    auto file = NewFile::create(path);
    if (!file || !file->write(bytes_of(text))) throw std::runtime_error("cannot write");
    return std::move(*file);
  }
  [[nodiscard]] std::string content() const {
    return std::string(text_of(read_file(path, 1000).value()));
  }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()));
  }
  [[nodiscard]] fs::path left_behind(std::string_view suffix, std::chrono::minutes age) const {
    fs::path file = folder / std::string(kTemporaryPrefix).append(suffix);
    std::ofstream(file) << "half";
    fs::last_write_time(file, fs::file_time_type::clock::now() - age);
    return file;
  }

  TemporaryDirectory folder;
  fs::path path = folder / "final";
};

TEST_F(NewFiles, AppearWholeUnderTheirFinalName) {
  auto file = written("whole");
  EXPECT_FALSE(fs::exists(path));
  ASSERT_TRUE(file.link_into_place());
  EXPECT_EQ(content(), "whole");
  EXPECT_EQ(entries(), 1);
}

TEST_F(NewFiles, LinkedNeverReplaceWhatIsThere) {
  std::ofstream(path) << "old";
  {
    auto file = written("new");
    const auto linked = file.link_into_place();
    ASSERT_FALSE(linked);
    EXPECT_EQ(linked.error().kind, ErrorKind::exists);
    EXPECT_THAT(linked.error().cause, HasSubstr(path.string()));
  }
  EXPECT_EQ(content(), "old");
  EXPECT_EQ(entries(), 1);
}

TEST_F(NewFiles, RenamedReplaceWhatIsThere) {
  for (const bool durable : {true, false}) {
    std::ofstream(path) << "old";
    auto file = written("new");
    ASSERT_TRUE(file.rename_into_place(durable));
    EXPECT_EQ(content(), "new");
    EXPECT_EQ(entries(), 1);
  }
}

TEST_F(NewFiles, LeaveNothingBehindWhenTheyAreGivenUp) {
  {
    auto file = written("half");
    EXPECT_TRUE(fs::exists(file.temporary_path()));
    auto moved = std::move(file);
    EXPECT_EQ(entries(), 1);
  }
  EXPECT_EQ(entries(), 0);
}

TEST_F(NewFiles, HaveTheModeTheyWereGiven) {
  auto file = NewFile::create(path, 0640);
  ASSERT_TRUE(file);
  struct stat facts {};
  ASSERT_EQ(::stat(file->temporary_path(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0640U);
}

TEST_F(NewFiles, SayWhyTheyCannotBeMade) {
  const auto file = NewFile::create(folder / "missing" / "file");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().kind, ErrorKind::local_io);
  EXPECT_THAT(file.error().cause, HasSubstr("missing"));
}

TEST_F(NewFiles, SayThatTheirPlaceIsGone) {
  auto file = written("whole");
  fs::remove_all(folder.path());
  EXPECT_FALSE(file.link_into_place());
  fs::create_directory(folder.path());
}

TEST_F(NewFiles, AbandonedAreRemovedOnlyWhenOldAndUnlocked) {
  const auto old = left_behind("1.0000000a", std::chrono::minutes(20));
  const auto young = left_behind("2.0000000b", std::chrono::minutes(5));
  const auto held = left_behind("3.0000000c", std::chrono::minutes(20));
  const fs::path other = folder / "other";
  std::ofstream(other) << "data";
  fs::last_write_time(other, fs::file_time_type::clock::now() - std::chrono::hours(20));
  const FileDescriptor holder(::open(held.c_str(), O_RDONLY));
  ASSERT_EQ(::flock(holder.get(), LOCK_EX), 0);
  EXPECT_EQ(remove_abandoned(folder.path()).value(), 1);
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(young) && fs::exists(held) && fs::exists(other));
}

TEST_F(NewFiles, AbandonedAreNotLookedForBehindLinks) {
  const fs::path target = folder / "target";
  std::ofstream(target) << "data";
  fs::last_write_time(target, fs::file_time_type::clock::now() - std::chrono::hours(20));
  fs::create_symlink(target, folder / std::string(kTemporaryPrefix).append("4.0000000d"));
  EXPECT_EQ(remove_abandoned(folder.path()).value(), 0);
  EXPECT_EQ(remove_abandoned(folder / "missing").value(), 0);
  EXPECT_FALSE(remove_abandoned(target));
}

}  // namespace
}  // namespace walden::testing
