#include "common/archive/data_directory.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_directory.h"
#include "tests/support/wal_segment.h"

namespace walden {
namespace {

TEST(DataDirectory, IsTheOneThatHoldsPgWal) {
  EXPECT_EQ(data_directory_of("pg_wal/000000010000000000000001"), ".");
  EXPECT_EQ(data_directory_of("./pg_wal/RECOVERYXLOG"), ".");
  EXPECT_EQ(data_directory_of("/srv/pg/pg_wal/X") / "global", "/srv/pg/global");
  EXPECT_EQ(data_directory_of("../pg/pg_wal/X") / "global", "../pg/global");
  EXPECT_EQ(data_directory_of("X"), "..");
}

TEST(SystemIdentifier, IsReadFromTheControlFile) {
  const testing::TemporaryDirectory pgdata;
  testing::write_control_file(pgdata.path(), 4711);
  const auto system = system_identifier_of(pgdata.path());
  ASSERT_TRUE(system) << system.error().cause;
  EXPECT_EQ(*system, 4711U);
}

TEST(SystemIdentifier, IsUnknownWhereThereIsNoControlFile) {
  const testing::TemporaryDirectory elsewhere;
  const auto system = system_identifier_of(elsewhere.path());
  ASSERT_TRUE(system);
  EXPECT_FALSE(system->has_value());
}

TEST(SystemIdentifier, OfADamagedControlFileIsAnErrorAndNotUnknown) {
  const testing::TemporaryDirectory pgdata;
  testing::write_control_file(pgdata.path(), 4711);
  std::string content = testing::read_text(pgdata / "global/pg_control");
  content[20] = 'x';
  testing::write_text(pgdata / "global/pg_control", content);
  const auto system = system_identifier_of(pgdata.path());
  ASSERT_FALSE(system);
  EXPECT_EQ(system.error().kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace walden
