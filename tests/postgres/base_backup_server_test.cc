// BASE_BACKUP against a real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "common/postgres/backup_manifest.h"
#include "tests/postgres/counting_consumer.h"
#include "tests/support/postgres_server.h"
#include "tests/support/server_user.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class BaseBackup : public ::testing::Test {
 protected:
  void SetUp() override { WALDEN_SKIP_WITHOUT_POSTGRES(); }

  void start(ServerOptions options = {}) {
    options.settings.insert({"max_wal_senders", "4"});
    server_ = std::make_unique<PostgresServer>(options);
    server_->start();
  }
  Result<ReplicationConnection> connect() {
    return ReplicationConnection::open(server_->conninfo());
  }
  Result<BackupEnd> take(const BaseBackupOptions& options = {}) {
    auto connection = TRY(connect());
    return run_base_backup(connection, options, consumer_, consumer_.cancel);
  }
  // Rows of no use that take some room.
  void fill(const std::string& table, int rows) {
    server_->sql("CREATE TABLE " + table +
                 " AS SELECT g a, repeat('walden ', 100) b"
                 " FROM generate_series(1, " +
                 std::to_string(rows) + ") g; CHECKPOINT");
  }
  bool someone_streams() {
    return server_->value(
               "SELECT count(*) FROM pg_stat_activity"
               " WHERE backend_type = 'walsender'") != "0";
  }

  std::unique_ptr<PostgresServer> server_;
  CountingConsumer consumer_;
};

TEST_F(BaseBackup, BringsEveryFileOfTheServersManifest) {
  start();
  fill("t", 2000);
  const auto end = take({.label = "it's a label"});
  ASSERT_TRUE(end) << end.error().cause;
  EXPECT_THAT(consumer_.calls, ElementsAre("started", "begin 0", "data", "end", "manifest"));
  EXPECT_GT(end->lsn, consumer_.start.lsn);
  EXPECT_EQ(end->timeline, 1U);
  EXPECT_THAT(end->checksum_failures, IsEmpty());
  const auto manifest = parse_backup_manifest(consumer_.manifest);
  ASSERT_TRUE(manifest) << manifest.error().cause;
  EXPECT_GT(manifest->files.size(), 500U);
  for (const auto& file : manifest->files) {
    ASSERT_TRUE(consumer_.files.contains(file.path)) << file.path;
    EXPECT_EQ(consumer_.files.at(file.path), file.size) << file.path;
    EXPECT_EQ(file.checksum_algorithm, "CRC32C");
  }
  EXPECT_TRUE(consumer_.directories.contains("pg_wal"));
  EXPECT_TRUE(consumer_.directories.contains("pg_wal/archive_status"));
  ASSERT_EQ(manifest->wal_ranges.size(), 1U);
  EXPECT_EQ(manifest->wal_ranges[0].start, consumer_.start.lsn);
  EXPECT_EQ(manifest->wal_ranges[0].end, end->lsn);
}

TEST_F(BaseBackup, BringsTablespacesAsArchivesBeforeTheDataDirectory) {
  start();
  const fs::path place = server_->folder() / "space";
  fs::create_directory(place);
  give_to_server_user(place);
  server_->sql("CREATE TABLESPACE s LOCATION '" + place.string() + "'");
  server_->sql("CREATE TABLE apart TABLESPACE s AS SELECT 1 a");
  const std::string oid = server_->value("SELECT oid FROM pg_tablespace WHERE spcname = 's'");
  const auto end = take();
  ASSERT_TRUE(end) << end.error().cause;
  EXPECT_THAT(consumer_.calls, ElementsAre("started", "begin " + oid, "data", "end", "begin 0",
                                           "data", "end", "manifest"));
  ASSERT_EQ(consumer_.start.tablespaces.size(), 2U);
  EXPECT_EQ(consumer_.start.tablespaces[0].location, place.string());
  EXPECT_EQ(consumer_.start.tablespaces[1].oid, 0U);
  EXPECT_EQ(consumer_.files.contains("tablespace_map"), postgres_version() >= 160000);
  const auto manifest = parse_backup_manifest(consumer_.manifest);
  ASSERT_TRUE(manifest) << manifest.error().cause;
  for (const auto& file : manifest->files) {
    EXPECT_TRUE(consumer_.files.contains(file.path)) << file.path;
  }
}

TEST_F(BaseBackup, IsCancelledAtTheServerWithinASecondOrSo) {
  start();
  fill("t", 100'000);
  consumer_.cancel_after = 1U << 20U;
  auto connection = connect();
  ASSERT_TRUE(connection) << connection.error().cause;
  // At this rate the server would be busy for half a minute.
  const auto end = run_base_backup(*connection, {.max_rate_kb = 2048}, consumer_, consumer_.cancel);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, ErrorKind::usage);
  EXPECT_EQ(end.error().cause, "interrupted");
  EXPECT_THAT(consumer_.calls, ElementsAre("started", "begin 0", "data"));
  EXPECT_TRUE(
      eventually([&] { return server_->log().find("canceling statement") != std::string::npos; }));
}

TEST_F(BaseBackup, IsCancelledWhileTheDataNeverPause) {
  start();
  fill("t", 100'000);
  consumer_.cancel_after = 1U << 20U;
  const auto end = take();
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().cause, "interrupted");
  EXPECT_EQ(consumer_.bytes_after_cancel, 0U);
}

TEST_F(BaseBackup, IsCancelledWhileItWaitsForTheCheckpoint) {
  start({.settings = {{"checkpoint_timeout", "1h"}, {"checkpoint_completion_target", "0.9"}}});
  server_->sql(
      "CREATE TABLE t AS SELECT g a, repeat('walden ', 100) b"
      " FROM generate_series(1, 20000) g");
  const std::jthread person([&] {
    (void)eventually([&] { return someone_streams(); });
    consumer_.cancel = true;
  });
  const auto end = take({.fast_checkpoint = false});
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().cause, "interrupted");
  EXPECT_THAT(consumer_.calls, IsEmpty());
}

TEST_F(BaseBackup, IsCancelledWhenTheConsumerFails) {
  start();
  fill("t", 100'000);
  consumer_.fail_after = 3U << 20U;
  const auto end = take();
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().cause, "the consumer has no room");
  EXPECT_TRUE(eventually([&] { return !someone_streams(); }));
}

TEST_F(BaseBackup, TellsOfPagesWhoseChecksumIsWrong) {
  start({.data_checksums = true});
  fill("t", 2000);
  const std::string file = server_->value("SELECT pg_relation_filepath('t')");
  server_->stop();
  {
    std::fstream table(server_->pgdata() / file, std::ios::in | std::ios::out | std::ios::binary);
    table.seekp(3 * 8192 + 4000);
    table.write("damage", 6);
  }
  server_->start();
  const auto end = take();
  ASSERT_TRUE(end) << end.error().cause;
  EXPECT_THAT(end->checksum_failures, ::testing::Contains(HasSubstr(file)));
  EXPECT_TRUE(parse_backup_manifest(consumer_.manifest));
}

TEST_F(BaseBackup, TellsWhatTheServerLeavesOutApartFromDamage) {
  start({.data_checksums = true});
  fill("t", 2000);
  const std::string file = server_->value("SELECT pg_relation_filepath('t')");
  server_->stop();
  {
    std::fstream table(server_->pgdata() / file, std::ios::in | std::ios::out | std::ios::binary);
    table.seekp(3 * 8192 + 4000);
    table.write("damage", 6);
  }
  fs::create_symlink("/nowhere", server_->pgdata() / "server.crt");
  server_->start();
  const auto damaged = take();
  ASSERT_TRUE(damaged) << damaged.error().cause;
  EXPECT_THAT(damaged->checksum_failures, Not(::testing::Contains(HasSubstr("server.crt"))));
  EXPECT_THAT(damaged->warnings, ElementsAre(HasSubstr("server.crt")));
  server_->sql("TRUNCATE t");
  const auto whole = take();
  ASSERT_TRUE(whole) << whole.error().cause;
  EXPECT_THAT(whole->checksum_failures, IsEmpty());
  EXPECT_THAT(whole->warnings, ElementsAre(HasSubstr("server.crt")));
}

TEST_F(BaseBackup, WaitsUntilTheServerHasArchived) {
  start({.settings = {{"archive_mode", "on"}, {"archive_command", "/bin/true"}}});
  const auto end = take({.archive_deadline = std::chrono::seconds(60)});
  ASSERT_TRUE(end) << end.error().cause;
  EXPECT_THAT(consumer_.calls,
              ElementsAre("started", "begin 0", "data", "waiting", "end", "manifest"));
  const auto last = segment_name(1, segment_before(end->lsn, 16U << 20U), 16U << 20U).to_text();
  EXPECT_TRUE(fs::exists(server_->pgdata() / "pg_wal/archive_status" / (last + ".done")));
}

TEST_F(BaseBackup, EndsAtTheDeadlineOfAServerThatCannotArchive) {
  start({.settings = {{"archive_mode", "on"}, {"archive_command", "/bin/false"}}});
  const auto end = take({.archive_deadline = std::chrono::seconds(1)});
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, ErrorKind::transient);
  EXPECT_THAT(end.error().cause, HasSubstr("did not reach the archive within 1 s"));
  const auto first =
      segment_name(1, segment_of(consumer_.start.lsn, 16U << 20U), 16U << 20U).to_text();
  EXPECT_THAT(end.error().cause, HasSubstr(first));
  EXPECT_THAT(end.error().remedy, HasSubstr("pg_stat_archiver"));
  EXPECT_TRUE(eventually([&] { return !someone_streams(); }));
}

TEST_F(BaseBackup, IsCancelledWhileTheServerArchives) {
  start({.settings = {{"archive_mode", "on"}, {"archive_command", "/bin/false"}}});
  consumer_.cancel_when_waiting = true;
  const auto end = take({.archive_deadline = std::chrono::seconds(600)});
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().cause, "interrupted");
  EXPECT_TRUE(eventually([&] { return !someone_streams(); }));
}

TEST_F(BaseBackup, FailsWhenTheServerGoesAwayInTheMiddle) {
  start();
  fill("t", 100'000);
  auto connection = connect();
  ASSERT_TRUE(connection);
  // The data are more than the sockets hold, and so the server is still sending when it is stopped.
  class Stopping final : public BaseBackupConsumer {
   public:
    explicit Stopping(PostgresServer& server) : server_(server) {}
    Result<> started(const BackupStart& /*start*/) override { return {}; }
    Result<> begin_archive(const BackupTablespace& /*tablespace*/) override { return {}; }
    Result<> archive_data(ByteView /*tar*/) override {
      if (!std::exchange(stopped_, true)) server_.stop("immediate");
      return {};
    }
    Result<> end_archive() override { return {}; }
    Result<> manifest_data(ByteView /*bytes*/) override { return {}; }

   private:
    PostgresServer& server_;
    bool stopped_ = false;
  } stopping(*server_);
  const auto end = run_base_backup(*connection, {}, stopping, consumer_.cancel);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, ErrorKind::transient) << end.error().cause;
}

TEST_F(BaseBackup, RefusesARateOrALabelThatTheServerWouldNotTake) {
  start();
  EXPECT_EQ(take({.max_rate_kb = 31}).error().kind, ErrorKind::usage);
  EXPECT_EQ(take({.max_rate_kb = 1'048'577}).error().kind, ErrorKind::usage);
  EXPECT_EQ(take({.label = "two\nlines"}).error().kind, ErrorKind::usage);
  EXPECT_THAT(consumer_.calls, IsEmpty());
}

}  // namespace
}  // namespace walden::testing
