#include "basebackup/restore_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "common/store/memory_store.h"
#include "tests/basebackup/sample_backup.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::names_of;
using testing::sample_summary;
using testing::store_sample_backup;

// Incompressible, so that sizes in the store are what they seem.
std::string noise(std::size_t size, std::uint32_t seed) {
  std::string text(size, '\0');
  for (char& c : text) {
    seed = seed * 1664525U + 1013904223U;
    c = static_cast<char>(seed >> 24U);
  }
  return text;
}

class RestoreFiles : public ::testing::Test {
 protected:
  RestoreFiles() {
    files_["base/1/1259"] = noise(10, 1);
    files_["base/1/2600"] = noise(12U << 20U, 2);  // more frames than are in flight
    files_["base/1/2601"] = noise(300000, 3);
    files_["base/1/empty"] = "";
    files_["global/pg_control"] = noise(8192, 4);
    files_["with a space\xff"] = "x";
    place_.pgdata = folder_ / "data";
  }

  void back_up(std::uint64_t pack_size = std::uint64_t{1} << 30U) {
    manifest_ = store_sample_backup(store_, sample_summary(), files_, {}, pack_size);
    manifest_.directories = {{.path = "base"}, {.path = "base/1"}, {.path = "global"}};
  }

  Result<> restore() {
    file_.emplace(ManifestFile::of(manifest_).value());
    TRY(tree_.claim(manifest_.summary));
    TRY(tree_.make_directories(*file_));
    return restore_files(request());
  }

  FileRestore request() {
    return {.store = store_,
            .names = names_,
            .opening = opening_,
            .manifest = *file_,
            .tree = tree_,
            .threads = 3,
            .advance = [this](std::uint64_t bytes) { advanced_ += bytes; },
            .cancel = cancel_};
  }

  std::string content(const std::string& path) const {
    std::ifstream file(place_.pgdata / path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  void expect_everything_restored() {
    const auto restored = restore();
    ASSERT_TRUE(restored) << restored.error().cause;
    ASSERT_TRUE(tree_.sync_files(*file_, 3, cancel_));
    for (const auto& [path, expected] : files_) {
      if (path == kControlFilePath) continue;
      EXPECT_TRUE(fs::exists(place_.pgdata / path)) << path;
      EXPECT_TRUE(content(path) == expected) << path;
    }
  }

  testing::TemporaryDirectory folder_;
  MemoryStore store_;
  ObjectNames names_ = names_of(sample_summary());
  Opening opening_;
  std::map<std::string, std::string> files_;
  Manifest manifest_;
  std::optional<ManifestFile> file_;
  RestorePlace place_;
  RestoredTree tree_{place_};
  std::atomic<std::uint64_t> advanced_ = 0;
  std::atomic<bool> cancel_ = false;
};

TEST_F(RestoreFiles, BringsBackEveryFileByteForByte) {
  back_up();
  expect_everything_restored();
  EXPECT_EQ(fs::last_write_time(place_.pgdata / "base/1/1259"),
            std::chrono::file_clock::from_sys(
                std::chrono::sys_seconds(std::chrono::seconds(1795231000))));
}

TEST_F(RestoreFiles, FollowsFilesThroughSeveralPacks) {
  back_up(1U << 20U);
  ASSERT_GT(manifest_.packs.size(), 1U);
  expect_everything_restored();
}

TEST_F(RestoreFiles, WritesPgControlLastAndByItself) {
  back_up();
  expect_everything_restored();
  EXPECT_FALSE(fs::exists(place_.pgdata / kControlFilePath));
  ASSERT_TRUE(restore_control_file(request()));
  EXPECT_TRUE(content(kControlFilePath) == files_[kControlFilePath]);
}

TEST_F(RestoreFiles, NamesThePackWithAFlippedBit) {
  back_up();
  auto& pack = *store_.content_of(manifest_.packs.front().object);
  pack[pack.size() / 2] ^= 1U;
  const auto restored = restore();
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(restored.error().cause, HasSubstr("pack-0001"));
  EXPECT_THAT(restored.error().remedy, HasSubstr("--backup ID"));
}

TEST_F(RestoreFiles, NamesAPackThatIsMissing) {
  back_up();
  store_.erase(manifest_.packs.front().object);
  const auto restored = restore();
  ASSERT_FALSE(restored);
  EXPECT_THAT(restored.error().cause, HasSubstr("pack-0001"));
}

TEST_F(RestoreFiles, RefusesContentThatIsNotWhatTheManifestSays) {
  back_up();
  manifest_.files.front().digest.value[0] ^= 1U;
  const auto restored = restore();
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(restored.error().cause, HasSubstr(manifest_.files.front().path));
}

TEST_F(RestoreFiles, StopsWhenItIsInterrupted) {
  back_up();
  cancel_ = true;
  EXPECT_FALSE(restore());
}

TEST_F(RestoreFiles, LeavesNothingBehindWhenItIsUndone) {
  back_up();
  expect_everything_restored();
  ASSERT_TRUE(tree_.remove());
  EXPECT_FALSE(fs::exists(place_.pgdata));
}

TEST_F(RestoreFiles, LeavesADirectoryThatWasThereEmptyAgain) {
  back_up();
  fs::create_directory(place_.pgdata);
  place_.exists = true;
  expect_everything_restored();
  ASSERT_TRUE(tree_.remove());
  EXPECT_TRUE(fs::is_empty(place_.pgdata));
}

TEST_F(RestoreFiles, LinksTablespacesWhoseDirectoriesComeBeforeTheMainOnes) {
  files_["pg_tblspc/16411/PG_15_202209061/1/2"] = noise(5000, 9);
  back_up();
  manifest_.directories = {{.path = "pg_tblspc/16411/PG_15_202209061"},
                           {.path = "pg_tblspc/16411/PG_15_202209061/1"},
                           {.path = "base"},
                           {.path = "base/1"},
                           {.path = "global"},
                           {.path = "pg_tblspc"}};
  place_.tablespaces = {{16411, "/old", folder_ / "fast", false}};
  expect_everything_restored();
  EXPECT_EQ(fs::read_symlink(place_.pgdata / "pg_tblspc/16411"), folder_ / "fast");
  EXPECT_TRUE(fs::exists(folder_ / "fast/PG_15_202209061/1/2"));
  ASSERT_TRUE(tree_.remove());
  EXPECT_FALSE(fs::exists(folder_ / "fast"));
}

}  // namespace
}  // namespace walden
