#include "basebackup/restore_place.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tests/basebackup/sample_backup.h"
#include "tests/support/temporary_directory.h"

namespace walden {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Place : public ::testing::Test {
 protected:
  void with_tablespace(const fs::path& location) {
    backup_.tablespaces = {{.oid = 16411, .location = location.string(), .size = 100}};
  }
  Result<RestorePlace> check(const std::vector<TablespaceMapping>& mappings = {}) {
    return check_place(pgdata_, mappings, backup_);
  }
  void expect_refused(const std::string& why, const std::vector<TablespaceMapping>& mappings = {}) {
    const auto place = check(mappings);
    ASSERT_FALSE(place);
    EXPECT_THAT(place.error().cause, HasSubstr(why));
    EXPECT_NE(place.error().remedy, "");
  }

  testing::TemporaryDirectory folder_;
  fs::path pgdata_ = folder_ / "data";
  BackupSummary backup_ = testing::sample_summary();
};

TEST_F(Place, MayBeMissingOrEmpty) {
  const auto missing = check();
  ASSERT_TRUE(missing) << missing.error().cause;
  EXPECT_FALSE(missing->exists);
  fs::create_directory(pgdata_);
  EXPECT_TRUE(check()->exists);
}

TEST_F(Place, WithAnythingInItIsRefused) {
  fs::create_directories(pgdata_ / "lost+found");
  expect_refused("not empty");
}

TEST_F(Place, OfARunningServerIsRefusedWithItsPid) {
  fs::create_directory(pgdata_);
  std::ofstream(pgdata_ / "postmaster.pid") << ::getpid() << "\n" << pgdata_.string() << "\n";
  expect_refused("belongs to a running server (pid " + std::to_string(::getpid()) + ")");
}

// Its number means nothing in another container or on another host.
TEST_F(Place, OverACopyWhoseServerMayRunElsewhereIsRefused) {
  fs::create_directory(pgdata_);
  for (const std::string content : {"99999999\n", "", "?"}) {
    std::ofstream(pgdata_ / "postmaster.pid") << content;
    for (const Over over : {Over::old_copy, Over::cut_off_restore}) {
      const auto old = check_data_directory(pgdata_, over);
      ASSERT_FALSE(old);
      EXPECT_EQ(old.error().kind, ErrorKind::exists);
      EXPECT_THAT(old.error().cause, HasSubstr("there is a postmaster.pid"));
      EXPECT_THAT(old.error().remedy, HasSubstr("rm "));
    }
  }
  fs::remove(pgdata_ / "postmaster.pid");
  fs::create_symlink("/no/such", pgdata_ / "postmaster.pid");
  EXPECT_THAT(check_data_directory(pgdata_, Over::old_copy).error().cause,
              HasSubstr("there is a postmaster.pid"));
}

TEST_F(Place, BelowADirectoryThatIsNotThereIsRefused) {
  pgdata_ = folder_ / "no/such/place";
  expect_refused("no/such/place");
}

TEST_F(Place, WithTooLittleSpaceIsRefused) {
  backup_.database_size = std::uint64_t{1} << 60U;
  expect_refused("free");
}

TEST_F(Place, OfATablespaceIsItsOwnWhenThatIsFree) {
  with_tablespace(folder_ / "fast");
  const auto place = check();
  ASSERT_TRUE(place) << place.error().cause;
  EXPECT_EQ(place->tablespaces.at(0).location, folder_ / "fast");
}

TEST_F(Place, OfATablespaceThatIsInUseMustBeMapped) {
  fs::create_directories(folder_ / "fast/PG_15_202209061");
  with_tablespace(folder_ / "fast");
  expect_refused((folder_ / "fast").string());
  const auto place = check({{(folder_ / "fast").string() + "/", folder_ / "copy"}});
  ASSERT_TRUE(place) << place.error().cause;
  EXPECT_EQ(place->tablespaces.at(0).location, folder_ / "copy");
}

TEST_F(Place, OfATablespaceCannotLieWithinTheDataDirectory) {
  with_tablespace(folder_ / "fast");
  expect_refused("apart", {{folder_ / "fast", pgdata_ / "ts"}});
  expect_refused("apart", {{folder_ / "fast", folder_.path()}});
}

TEST_F(Place, OfAnUnknownTablespaceIsAUsageError) {
  with_tablespace(folder_ / "fast");
  const auto place = check({{"/no/such", "/elsewhere"}});
  ASSERT_FALSE(place);
  EXPECT_EQ(place.error().kind, ErrorKind::usage);
  EXPECT_THAT(place.error().cause, HasSubstr("/no/such"));
}

TEST(TablespaceMapping, IsSplitAtTheFirstBareEqualsSign) {
  EXPECT_EQ(parse_tablespace_mapping("/a=/b")->to, "/b");
  EXPECT_EQ(parse_tablespace_mapping("/a\\=1=/b=2")->from, "/a=1");
  EXPECT_EQ(parse_tablespace_mapping("/a\\=1=/b=2")->to, "/b=2");
  EXPECT_FALSE(parse_tablespace_mapping("/a"));
  EXPECT_FALSE(parse_tablespace_mapping("a=/b"));
}

}  // namespace
}  // namespace walden
