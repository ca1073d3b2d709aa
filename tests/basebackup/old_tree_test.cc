// What a restore does with what is in the way already: an old copy, or what was cut off.
#include "basebackup/old_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "basebackup/kept_files.h"
#include "basebackup/old_copy.h"
#include "common/store/memory_store.h"
#include "tests/basebackup/sample_backup.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::names_of;
using testing::sample_summary;

class OverAnOldTree : public ::testing::Test {
 protected:
  OverAnOldTree() {
    manifest_ = testing::store_sample_backup(store_, sample_summary(),
                                             {{"PG_VERSION", "15\n"},
                                              {"base/1/1259", "catalog"},
                                              {"base/1/2600", "table"},
                                              {"pg_tblspc/16411/PG_15_202209061/1/2", "far"},
                                              {"global/pg_control", "control"}});
    manifest_.directories = {{.path = "base"},
                             {.path = "base/1"},
                             {.path = "global"},
                             {.path = "pg_wal"},
                             {.path = "pg_tblspc"},
                             {.path = "pg_tblspc/16411/PG_15_202209061"},
                             {.path = "pg_tblspc/16411/PG_15_202209061/1"}};
    file_.emplace(ManifestFile::of(manifest_).value());
    place_ = {.pgdata = folder_ / "data", .exists = true, .over_old = true};
    place_.tablespaces = {{16411, "/old", folder_ / "fast", true, true}};
    write("data/base/1/1259", "catalog");
    write("data/base/1/2600", "other");
    write("data/global/pg_control", "newer");
    write("fast/PG_15_202209061/1/2", "far");
  }

  void write(const std::string& path, const std::string& content) {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path, std::ios::binary) << content;
  }
  bool is_there(const std::string& path) { return fs::exists(fs::symlink_status(folder_ / path)); }

  Result<KeptFiles> keep(bool by_time) {
    TRY(tree_.claim(manifest_.summary));
    TRY(TRY(OldTree::look(place_, *file_)).remove_strays());
    TRY(tree_.make_directories(*file_));
    restore_.emplace(FileRestore{.store = store_,
                                 .names = names_,
                                 .opening = opening_,
                                 .manifest = *file_,
                                 .tree = tree_,
                                 .threads = 2,
                                 .advance = [](std::uint64_t) {},
                                 .cancel = cancel_});
    return keep_right_files(*restore_, by_time);
  }

  testing::TemporaryDirectory folder_;
  MemoryStore store_;
  ObjectNames names_ = names_of(sample_summary());
  Opening opening_;
  Manifest manifest_;
  std::optional<ManifestFile> file_;
  RestorePlace place_;
  RestoredTree tree_{place_};
  std::optional<FileRestore> restore_;
  std::atomic<bool> cancel_ = false;
};

TEST_F(OverAnOldTree, KeepsWhatIsRightAndRemovesTheRest) {
  const auto kept = keep(/*by_time=*/false);
  ASSERT_TRUE(kept) << kept.error().cause;
  EXPECT_EQ(kept->count, 2U);
  EXPECT_EQ(kept->bytes, 10U);
  EXPECT_TRUE(is_there("data/base/1/1259"));
  EXPECT_FALSE(is_there("data/base/1/2600"));
  EXPECT_FALSE(is_there("data/global/pg_control"));
  EXPECT_TRUE(is_there("fast/PG_15_202209061/1/2"));
  EXPECT_EQ(fs::read_symlink(folder_ / "data/pg_tblspc/16411"), folder_ / "fast");
  restore_->kept = kept->by_number;
  ASSERT_TRUE(restore_files(*restore_));
  ASSERT_TRUE(restore_control_file(*restore_));
  EXPECT_TRUE(is_there("data/PG_VERSION"));
  EXPECT_TRUE(is_there("data/base/1/2600"));
}

// A restore sets a file's time last.
TEST_F(OverAnOldTree, DoesNotEvenReadWhatWasCutOffBeforeItsTimeWasSet) {
  const auto kept = keep(/*by_time=*/true);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->count, 0U);
}

TEST_F(OverAnOldTree, NeverWritesIntoAFileThatAnotherNameLeadsTo) {
  fs::create_hard_link(folder_ / "data/base/1/2600", folder_ / "snapshot");
  const auto kept = keep(/*by_time=*/false);
  ASSERT_TRUE(kept);
  restore_->kept = kept->by_number;
  ASSERT_TRUE(restore_files(*restore_));
  std::ifstream file(folder_ / "snapshot");
  std::string text;
  file >> text;
  EXPECT_EQ(text, "other");
}

// Kept, a server would write into the other tree; and its owner, mode and time would change there.
TEST_F(OverAnOldTree, KeepsNoFileThatAnotherNameLeadsTo) {
  fs::create_hard_link(folder_ / "data/base/1/1259", folder_ / "snapshot");
  const auto before = fs::last_write_time(folder_ / "snapshot");
  const auto kept = keep(/*by_time=*/false);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->count, 1U);
  restore_->kept = kept->by_number;
  ASSERT_TRUE(restore_files(*restore_));
  EXPECT_TRUE(is_there("data/base/1/1259"));
  EXPECT_FALSE(fs::equivalent(folder_ / "data/base/1/1259", folder_ / "snapshot"));
  EXPECT_EQ(fs::last_write_time(folder_ / "snapshot"), before);
}

TEST_F(OverAnOldTree, RemovesWhatTheBackupDoesNotHave) {
  write("data/base/1/9999", "dropped since");
  write("data/base/5/1", "a database that was made since");
  write("data/base/5/2", "");
  write("data/PG_VERSION/file", "a directory where the backup has a file");
  write("data/pg_wal/000000010000000000000009", "");
  write("fast/PG_15_202209061/9/9", "");
  fs::create_symlink(folder_ / "snapshot", folder_ / "data/link");
  write("snapshot", "not ours");
  const auto old = OldTree::look(place_, *file_);
  ASSERT_TRUE(old) << old.error().cause;
  EXPECT_EQ(old->strays(), 7U);
  ASSERT_TRUE(old->remove_strays());
  for (const auto* path : {"data/base/1/9999", "data/base/5", "data/PG_VERSION", "data/link",
                           "data/pg_wal/000000010000000000000009", "fast/PG_15_202209061/9"}) {
    EXPECT_FALSE(is_there(path)) << path;
  }
  for (const auto* path :
       {"data/base/1/1259", "data/pg_wal", "fast/PG_15_202209061/1/2", "snapshot"}) {
    EXPECT_TRUE(is_there(path)) << path;
  }
}

TEST_F(OverAnOldTree, KeepsTheLinkToAWalDiskAndNothingOfItsContent) {
  write("wal/000000010000000000000009", "");
  fs::create_symlink(folder_ / "wal", folder_ / "data/pg_wal");
  const auto unproven = OldTree::look(place_, *file_);
  ASSERT_FALSE(unproven);
  EXPECT_EQ(unproven.error().kind, ErrorKind::exists);
  place_.wal_directory = folder_ / "wal";
  ASSERT_TRUE(keep(false));
  EXPECT_TRUE(is_there("wal/.walden-restore"));
  ASSERT_TRUE(tree_.release());
  EXPECT_EQ(fs::read_symlink(folder_ / "data/pg_wal"), folder_ / "wal");
  EXPECT_TRUE(fs::is_empty(folder_ / "wal"));
}

TEST_F(OverAnOldTree, LeavesServersOfOtherVersionsInATablespaceAlone) {
  write("fast/PG_16_202307071/1/2", "another server's");
  ASSERT_TRUE(keep(false));
  EXPECT_TRUE(is_there("fast/PG_16_202307071/1/2"));
}

TEST_F(OverAnOldTree, RefusesALinkWhereTheBackupHasADirectory) {
  write("elsewhere/1/1259", "catalog");
  fs::remove_all(folder_ / "data/base");
  fs::create_symlink(folder_ / "elsewhere", folder_ / "data/base");
  const auto old = OldTree::look(place_, *file_);
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().kind, ErrorKind::exists);
  EXPECT_THAT(old.error().cause, HasSubstr("is a link"));
}

TEST_F(OverAnOldTree, RefusesWhatIsNoCopyOfThisCluster) {
  const auto no_server = look_at_old_copy(folder_ / "fast", Over::old_copy);
  ASSERT_FALSE(no_server);
  EXPECT_THAT(no_server.error().cause, HasSubstr("no data directory"));
  const OldCopy other{.system_identifier = 7};
  const auto refused = check_old_copy(folder_ / "data", other, manifest_.summary, Over::old_copy);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().cause, HasSubstr("another cluster"));
}

TEST_F(OverAnOldTree, GoesOnOnlyWithTheBackupThatWasBegun) {
  const auto nothing = look_at_old_copy(folder_ / "data", Over::cut_off_restore);
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().remedy, HasSubstr("--delta"));
  const ClaimedFor begun{"20261120T031702Z-tl1-01", manifest_.summary.system_identifier};
  const OldCopy cut_off{.claim = begun};
  EXPECT_FALSE(check_old_copy(folder_ / "data", cut_off, manifest_.summary, Over::cut_off_restore));
  EXPECT_TRUE(check_old_copy(folder_ / "data", cut_off, manifest_.summary, Over::old_copy));
}

TEST_F(OverAnOldTree, DoesNotTakeAStartedServerForACutOffRestore) {
  EXPECT_FALSE(check_never_started(folder_ / "data", *file_));
  write("data/global/pg_control", "control");
  EXPECT_TRUE(check_never_started(folder_ / "data", *file_));
}

}  // namespace
}  // namespace walden
