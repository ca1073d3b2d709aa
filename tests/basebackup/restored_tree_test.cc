#include "basebackup/restored_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "basebackup/empty_directory.h"
#include "basebackup/restore_claim.h"
#include "tests/basebackup/sample_backup.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

// Two runs that both looked at the places while they were empty.
class TwoRestores : public ::testing::Test {
 protected:
  TwoRestores() {
    manifest_.summary = testing::sample_summary();
    manifest_.directories = {{.path = "base"}, {.path = "pg_tblspc"}};
    for (RestorePlace* place : {&first_place_, &second_place_}) {
      place->pgdata = folder_ / "data";
      place->exists = true;
    }
  }

  void begin_first() {
    const auto claimed = first_.claim(manifest_.summary);
    ASSERT_TRUE(claimed) << claimed.error().cause;
    const auto made = first_.make_directories(ManifestFile::of(manifest_).value());
    ASSERT_TRUE(made) << made.error().cause;
    ASSERT_TRUE(first_.create_file("base/1"));
  }
  void expect_second_refused(const fs::path& directory) {
    const auto made = second_.claim(manifest_.summary);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::exists);
    EXPECT_THAT(made.error().cause, AllOf(HasSubstr(directory.string()), HasSubstr("another run")));
    ASSERT_TRUE(second_.remove());
  }

  testing::TemporaryDirectory folder_;
  Manifest manifest_;
  RestorePlace first_place_;
  RestorePlace second_place_;
  RestoredTree first_{first_place_};
  RestoredTree second_{second_place_};
};

TEST_F(TwoRestores, IntoOneEmptyDirectoryLeaveTheFirstOnesFilesAlone) {
  fs::create_directory(folder_ / "data");
  begin_first();
  expect_second_refused(folder_ / "data");
  EXPECT_FALSE(second_.made_anything());
  EXPECT_TRUE(fs::exists(folder_ / "data/base/1"));
  EXPECT_TRUE(fs::exists(folder_ / "data" / kRestoreClaim));
}

TEST_F(TwoRestores, LeaveADirectoryAloneThatTheFirstHasMade) {
  first_place_.exists = false;
  begin_first();
  expect_second_refused(folder_ / "data");
  EXPECT_TRUE(fs::exists(folder_ / "data/base/1"));
}

TEST_F(TwoRestores, LeaveADirectoryAloneThatBothMeantToMake) {
  first_place_.exists = false;
  second_place_.exists = false;
  begin_first();
  expect_second_refused(folder_ / "data");
  EXPECT_TRUE(fs::exists(folder_ / "data/base/1"));
}

TEST_F(TwoRestores, LeaveAFinishedOneAloneAndNoClaimInIt) {
  fs::create_directory(folder_ / "data");
  begin_first();
  ASSERT_TRUE(first_.release());
  expect_second_refused(folder_ / "data");
  EXPECT_TRUE(fs::exists(folder_ / "data/base/1"));
  EXPECT_FALSE(fs::exists(folder_ / "data" / kRestoreClaim));
}

TEST_F(TwoRestores, LeaveTheFirstOnesTablespaceAlone) {
  fs::create_directory(folder_ / "data");
  fs::create_directory(folder_ / "other");
  fs::create_directory(folder_ / "fast");
  manifest_.directories.push_back({.path = "pg_tblspc/16411/PG_15_202209061"});
  second_place_.pgdata = folder_ / "other";
  for (RestorePlace* place : {&first_place_, &second_place_}) {
    place->tablespaces = {{16411, "/old", folder_ / "fast", true}};
  }
  begin_first();
  expect_second_refused(folder_ / "fast");
  EXPECT_TRUE(fs::exists(folder_ / "fast/PG_15_202209061"));
  EXPECT_TRUE(fs::is_empty(folder_ / "other"));
  ASSERT_TRUE(first_.release());
  EXPECT_FALSE(fs::exists(folder_ / "fast" / kRestoreClaim));
  ASSERT_TRUE(first_.remove());
  EXPECT_TRUE(fs::is_empty(folder_ / "fast"));
  EXPECT_TRUE(fs::is_empty(folder_ / "data"));
}

TEST_F(TwoRestores, FindTheClaimOfOneThatWasCutOff) {
  fs::create_directory(folder_ / "data");
  begin_first();
  const auto free = check_free(folder_ / "data");
  ASSERT_FALSE(free);
  EXPECT_EQ(free.error().kind, ErrorKind::exists);
  EXPECT_THAT(free.error().cause, AllOf(HasSubstr("not empty"), HasSubstr(kRestoreClaim)));
}

TEST_F(TwoRestores, FindWhatACutOffOneWasToBecomeAndWhetherItStillRuns) {
  fs::create_directory(folder_ / "data");
  begin_first();
  const auto running = find_claim(folder_ / "data");
  ASSERT_TRUE(running && *running);
  EXPECT_TRUE((*running)->running);
  EXPECT_EQ((*running)->what,
            (ClaimedFor{manifest_.summary.id, manifest_.summary.system_identifier}));
}

}  // namespace
}  // namespace walden
