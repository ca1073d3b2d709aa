// What the scanner reads out of a real server's log, against what PostgreSQL itself says of it.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/postgres/wal_scan.h"
#include "tests/support/child_process.h"
#include "tests/support/postgres_server.h"

namespace walden::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kOddPiece = 4099;

std::string utc(Instant time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}.{:06d}",
                     fmt::gmtime(static_cast<std::time_t>(time.microseconds / 1'000'000)),
                     time.microseconds % 1'000'000);
}

std::string described(const TransactionEnd& event) {
  return fmt::format("{} {} xid {} {}", event.lsn.to_text(), event.committed ? "commit" : "abort",
                     event.xid, utc(event.time));
}

std::vector<std::string> described(const std::vector<TransactionEnd>& events) {
  std::vector<std::string> lines;
  for (const auto& event : events) lines.push_back(described(event));
  return lines;
}

// The text behind `before`, up to one of `stops`.
std::string behind(const std::string& line, const std::string& before, const char* stops) {
  const auto found = line.find(before);
  if (found == std::string::npos) return {};
  const auto begin = line.find_first_not_of(' ', found + before.size());
  return line.substr(begin, line.find_first_of(stops, begin) - begin);
}

// A line of pg_waldump in our words; empty for a record that ends no transaction:
//   rmgr: Transaction ... tx:  731, lsn: 0/01537B78, ... desc: COMMIT 2026-11-21 14:30:00.1 UTC
//   rmgr: Transaction ... tx:    0, lsn: 0/01537C00, ... desc: ABORT_PREPARED 732: 2026-11-21 ...
std::string ours(const std::string& line) {
  const std::string what = behind(line, "desc: ", " ");
  const bool prepared = what.ends_with("_PREPARED");
  if (!what.starts_with("COMMIT") && !what.starts_with("ABORT")) return {};
  const std::string xid = prepared ? behind(line, what, ":") : behind(line, "tx:", ",");
  const std::string time = behind(line, prepared ? what + " " + xid + ":" : what, "U;");
  return fmt::format("{} {} xid {} {}", Lsn::parse(behind(line, "lsn:", ","))->to_text(),
                     what.starts_with("COMMIT") ? "commit" : "abort", xid,
                     time.substr(0, time.find_last_not_of(' ') + 1));
}

std::vector<std::string> dumped_by_postgres(const std::vector<fs::path>& segments) {
  const Outcome outcome = run({.argv = {postgres_program("pg_waldump"), "--rmgr=Transaction",
                                        segments.front().string(), segments.back().string()},
                               .environment = {{"TZ", "UTC"}, {"LC_ALL", "C"}}});
  std::vector<std::string> lines;
  std::istringstream out(outcome.out);
  for (std::string line; std::getline(out, line);) {
    if (auto event = ours(line); !event.empty()) lines.push_back(std::move(event));
  }
  return lines;
}

ServerOptions small_segments() {
  return {.segment_megabytes = 1,
          .settings = {{"max_prepared_transactions", "5"},
                       {"wal_keep_size", "1GB"},
                       {"max_wal_size", "1GB"},
                       {"wal_level", "logical"},
                       {"track_commit_timestamp", "on"}}};
}

void prepare(PostgresServer& server, const std::string& gid) {
  server.sql("BEGIN; CREATE TABLE " + gid + " (a int); SAVEPOINT s; INSERT INTO " + gid +
             " VALUES (1); RELEASE s; DROP TABLE IF EXISTS doomed_" + gid +
             "; PREPARE TRANSACTION '" + gid + "'");
}

struct PreparedXids {
  std::string kept;
  std::string undone;
};

// Transactions of every kind, records larger than a segment, a segment cut short.
PreparedXids make_history(PostgresServer& server) {
  server.sql("CREATE TABLE t (a int, b text)");
  server.sql("CREATE TABLE doomed_kept (a int); CREATE TABLE doomed_undone (a int)");
  server.sql("INSERT INTO t SELECT g, repeat('x', 200) FROM generate_series(1, 20000) g");
  server.sql("BEGIN; INSERT INTO t VALUES (-1); ROLLBACK");
  prepare(server, "kept");
  prepare(server, "undone");
  const auto xids = server.sql("SELECT transaction FROM pg_prepared_xacts ORDER BY gid");
  server.sql("SELECT pg_create_restore_point('before the big one')");
  server.sql("COMMIT PREPARED 'kept'");
  server.sql("SELECT pg_logical_emit_message(false, 'walden', repeat('y', 3500000))");
  server.sql(
      "DO $$ BEGIN FOR i IN 1..300 LOOP BEGIN INSERT INTO t VALUES (i);"
      " IF i % 3 = 0 THEN RAISE division_by_zero; END IF;"
      " EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END $$");
  server.switch_wal();
  server.sql("ROLLBACK PREPARED 'undone'");
  server.sql("TRUNCATE t");
  server.sql("DROP TABLE t");
  server.sql("SELECT pg_create_restore_point('the end')");
  return {.kept = xids[0][0], .undone = xids[1][0]};
}

class WalRecordsOfAServer : public ::testing::Test {
 protected:
  void SetUp() override {
    WALDEN_SKIP_WITHOUT_POSTGRES();
    server_ = std::make_unique<PostgresServer>(small_segments());
    server_->start();
    prepared_ = make_history(*server_);
  }
  std::vector<fs::path> segments() { return segments_in(server_->pgdata() / "pg_wal"); }

  std::unique_ptr<PostgresServer> server_;
  PreparedXids prepared_;
};

TEST_F(WalRecordsOfAServer, AreThoseThatPgWaldumpShows) {
  if (!fs::exists(postgres_program("pg_waldump"))) GTEST_SKIP() << "there is no pg_waldump";
  server_->stop();
  const auto expected = dumped_by_postgres(segments());
  ASSERT_GT(expected.size(), 10U);
  EXPECT_THAT(described(scan(segments(), kOddPiece).transactions),
              ::testing::ElementsAreArray(expected));
}

TEST_F(WalRecordsOfAServer, HaveTheCommitTimesThatTheServerRemembers) {
  const Scan result = scan(segments(), kOddPiece);
  int compared = 0;
  for (const auto& event : result.transactions) {
    if (!event.committed || event.xid < 3) continue;
    const auto rows = server_->sql(
        fmt::format("SELECT to_char(pg_xact_commit_timestamp('{}'::xid) AT TIME ZONE 'UTC',"
                    " 'YYYY-MM-DD HH24:MI:SS.US')",
                    event.xid));
    if (rows[0][0].empty()) continue;  // before track_commit_timestamp was on
    EXPECT_EQ(utc(event.time), rows[0][0]) << described(event);
    ++compared;
  }
  EXPECT_GE(compared, 6);
}

TEST_F(WalRecordsOfAServer, NameThePreparedTransactionAndNotTheOneThatEndedIt) {
  server_->stop();
  std::vector<std::string> ends;
  for (const auto& event : scan(segments(), kOddPiece).transactions) {
    ends.push_back(fmt::format("{} {}", event.committed ? "commit" : "abort", event.xid));
  }
  EXPECT_THAT(ends, ::testing::Contains("commit " + prepared_.kept).Times(1));
  EXPECT_THAT(ends, ::testing::Contains("abort " + prepared_.undone).Times(1));
}

TEST_F(WalRecordsOfAServer, NameTheRestorePoints) {
  server_->stop();  // a restore point is not flushed by itself
  const auto points = scan(segments(), kOddPiece).restore_points;
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].name, "before the big one");
  EXPECT_EQ(points[1].name, "the end");
  EXPECT_LE(points[0].time, points[1].time);
}

TEST_F(WalRecordsOfAServer, EndWhereTheServerStopsWriting) {
  const Lsn until = *Lsn::parse(server_->value("SELECT pg_current_wal_flush_lsn()"));
  server_->stop("immediate");
  const Scan result = scan(segments(), kOddPiece);
  EXPECT_TRUE(result.ended);
  EXPECT_GE(result.valid_until, until);
  EXPECT_LT(result.valid_until.value - until.value, 10'000U);
}

TEST_F(WalRecordsOfAServer, DoNotDependOnTheSizeOfThePieces) {
  server_->stop();
  const auto expected = described(scan(segments(), std::size_t{1} << 20U).transactions);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{8192}}) {
    EXPECT_EQ(described(scan(segments(), piece).transactions), expected) << piece;
  }
}

TEST_F(WalRecordsOfAServer, CanBeReadFromAnyLaterSegment) {
  server_->stop();
  const auto all = segments();
  const auto size = static_cast<std::uint32_t>(fs::file_size(all.front()));
  const auto whole = scan(all, kOddPiece);
  ASSERT_GT(all.size(), 6U);
  for (std::size_t from = 1; from < all.size(); ++from) {
    const auto number = segment_number(*WalName::parse(all[from].filename().string()), size);
    const Lsn start = start_of(*number, size);
    if (start >= whole.valid_until) break;  // made in advance, and empty
    auto later = whole.transactions;
    std::erase_if(later, [&](const TransactionEnd& event) { return event.lsn < start; });
    const std::vector<fs::path> rest(all.begin() + static_cast<std::ptrdiff_t>(from), all.end());
    EXPECT_EQ(described(scan(rest, kOddPiece).transactions), described(later)) << all[from];
  }
}

TEST_F(WalRecordsOfAServer, AreNotReadBeyondADamagedOne) {
  server_->stop();
  const auto all = segments();
  const auto whole = scan(all, kOddPiece).transactions;
  const auto& damaged = whole[whole.size() / 2];
  const auto size = static_cast<std::uint32_t>(fs::file_size(all.front()));
  const auto name = segment_name(1, segment_of(damaged.lsn, size), size).to_text();
  {
    std::fstream file(server_->pgdata() / "pg_wal" / name,
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(damaged.lsn.value % size + 20));
    file.write("\xA5\x5A\xA5\x5A", 4);  // its CRC
  }
  const Scan result = scan(all, kOddPiece);
  EXPECT_TRUE(result.ended);
  EXPECT_EQ(result.transactions.size(), whole.size() / 2);
  EXPECT_LE(result.valid_until, damaged.lsn);
}

// As a crash leaves it when only the first part of a long record had reached the disk.
void lose_everything_from(const fs::path& segment, const std::vector<fs::path>& segments) {
  for (const auto& path : segments) {
    if (path < segment) continue;
    const auto size = fs::file_size(path);
    fs::resize_file(path, 0);
    fs::resize_file(path, size);
  }
}

TEST_F(WalRecordsOfAServer, GoOnAfterARecordThatACrashCutOff) {
  server_->sql("CHECKPOINT");
  const Lsn before = *Lsn::parse(server_->current_lsn());
  server_->sql("SELECT pg_logical_emit_message(false, 'walden', repeat('z', 3500000))");
  server_->sql("CREATE TABLE lost (a int)");
  server_->stop("immediate");
  const auto size = static_cast<std::uint32_t>(fs::file_size(segments().front()));
  const SegmentNumber cut{segment_of(before, size).value + 2};
  lose_everything_from(server_->pgdata() / "pg_wal" / segment_name(1, cut, size).to_text(),
                       segments());
  server_->start();
  server_->sql("CREATE TABLE after_the_crash (a int)");
  server_->stop();
  const auto events = scan(segments(), kOddPiece).transactions;
  ASSERT_FALSE(events.empty());
  EXPECT_GE(events.back().lsn, start_of(cut, size)) << "the scanner stopped at the cut";
  if (!fs::exists(postgres_program("pg_waldump"))) GTEST_SKIP() << "there is no pg_waldump";
  EXPECT_EQ(described(events), dumped_by_postgres(segments()));
}

}  // namespace
}  // namespace walden::testing
