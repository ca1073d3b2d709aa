#include "tests/support/postgres_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class PostgresServerTest : public ::testing::Test {
 protected:
  void SetUp() override { WALDEN_SKIP_WITHOUT_POSTGRES(); }
};

TEST_F(PostgresServerTest, AnswersAfterStartAndKeepsItsRowsOverARestart) {
  PostgresServer server;
  server.start();
  server.sql("create table t as select generate_series(1, 10) as n");
  server.restart();
  EXPECT_EQ(server.value("select count(*) from t"), "10");
}

TEST_F(PostgresServerTest, HasTheAskedSegmentSizeChecksumsAndMode) {
  PostgresServer server({.segment_megabytes = 1, .data_checksums = true, .group_access = true});
  server.start();
  EXPECT_EQ(server.value("show wal_segment_size"), "1MB");
  EXPECT_EQ(server.value("show data_checksums"), "on");
  EXPECT_EQ(server.value("show data_directory_mode"), "0750");
}

TEST_F(PostgresServerTest, SharesItsSystemIdentifierUnlessAskedNotTo) {
  PostgresServer one;
  PostgresServer same;
  PostgresServer other({.own_identity = true});
  for (auto* server : {&one, &same, &other}) server->start();
  EXPECT_EQ(one.system_identifier(), same.system_identifier());
  EXPECT_NE(one.system_identifier(), other.system_identifier());
}

TEST_F(PostgresServerTest, WaitsUntilASegmentIsArchived) {
  PostgresServer server;
  const fs::path archive = server.folder() / "archive";
  fs::create_directory(archive);
  give_to_server_user(archive);
  server.set("archive_mode", "on");
  server.set("archive_command", "cp %p " + archive.string() + "/%f");
  server.start();
  server.sql("create table t (n int)");
  const auto segment = server.archive_current_segment();
  EXPECT_TRUE(fs::exists(archive / segment));
}

TEST_F(PostgresServerTest, SaysWithItsLogWhyItDoesNotStart) {
  PostgresServer server;
  server.set("shared_buffers", "nonsense");
  try {
    server.start();
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("invalid value for parameter \"shared_buffers\""));
  }
}

TEST_F(PostgresServerTest, LeavesNothingBehind) {
  fs::path folder;
  {
    PostgresServer server;
    server.start();
    folder = server.folder();
  }
  EXPECT_FALSE(fs::exists(folder));
}

}  // namespace
}  // namespace walden::testing
