// A real PostgreSQL of the test's own: private folder, private socket, no TCP. What it cannot do
// within its deadlines it reports by an exception that carries the server's log, so that the test
// fails with it. Destroyed, it stops the server and removes the folder.
//
// The programs are those in $WALDEN_PG_BIN; else those of the version $WALDEN_TEST_POSTGRES ("18"),
// which tests/support/postgres-versions has fetched: initdb and postgres only; else Debian's newest
// below /usr/lib/postgresql.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/child_process.h"
#include "tests/support/temporary_directory.h"

namespace walden::testing {

// Why there can be no server here; nothing when there can. Tests skip with this reason:
//   WALDEN_SKIP_WITHOUT_POSTGRES();
[[nodiscard]] std::optional<std::string> postgres_is_missing();

// "/usr/lib/postgresql/15/bin/pg_waldump" for "pg_waldump".
[[nodiscard]] std::string postgres_program(const std::string& name);

// 150018 for 15.18.
[[nodiscard]] int postgres_version();

struct ServerOptions {
  int segment_megabytes = 16;
  bool data_checksums = false;
  bool group_access = false;  // data directory 0750 instead of 0700
  bool own_identity = false;  // else servers share one initdb's system identifier
  std::map<std::string, std::string> settings{};  // appended to postgresql.conf
};

class PostgresServer {
 public:
  using Row = std::vector<std::string>;  // NULL is an empty string
  using Rows = std::vector<Row>;

  explicit PostgresServer(const ServerOptions& options = {});  // after initdb; not started
  // Runs an existing (restored) data directory, which stays behind when the server goes.
  explicit PostgresServer(std::filesystem::path data_directory);
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  ~PostgresServer();

  // Appends to postgresql.conf; the last one of a name wins. Takes effect at the next start.
  void set(const std::string& name, const std::string& value);

  void begin();                         // starts it and returns at once
  void start();                         // returns when it accepts connections, in recovery or not
  [[nodiscard]] int start_until_end();  // for one that must stop by itself: its exit code
  [[nodiscard]] int wait_until_ended();
  void stop(const std::string& mode = "fast");  // or "immediate", "smart"
  void restart();
  void reload();
  void promote();            // returns when it is open for writing
  void wait_until_open();    // recovery has ended by itself
  void wait_until_paused();  // at the recovery target
  [[nodiscard]] bool running();
  [[nodiscard]] bool accepts_connections() const;

  // Each call is a connection of its own; several statements in one text are one transaction.
  Rows sql(const std::string& text);
  [[nodiscard]] std::string value(const std::string& text);  // the first column of the first row

  [[nodiscard]] std::string current_lsn();
  [[nodiscard]] std::string system_identifier();
  std::string switch_wal();  // the name of the segment that was ended
  // switch_wal(), and the archiver is done with that segment and all before it.
  std::string archive_current_segment();
  void wait_until_archived(const std::string& wal_file);

  [[nodiscard]] const std::filesystem::path& pgdata() const { return pgdata_; }
  // A folder of the server user's, beside the data directory, removed with the server.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] std::string conninfo() const;
  [[nodiscard]] std::string log() const;  // everything said since the first start

 private:
  void prepare_folder();
  [[noreturn]] void give_up(const std::string& what) const;

  TemporaryDirectory folder_;
  std::filesystem::path pgdata_;
  std::unique_ptr<RunningProcess> process_;
};

}  // namespace walden::testing

#define WALDEN_SKIP_WITHOUT_POSTGRES()                                        \
  if (const auto missing = ::walden::testing::postgres_is_missing(); missing) \
  GTEST_SKIP() << *missing
