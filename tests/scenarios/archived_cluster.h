// What the scenarios stand on: a real server that archives with the built wal-push, the store it
// archives to, and the two hosts that matter: the primary, which may only write when the archive
// is sealed, and the one that restores, which has the keys.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/scenarios/archive_store.h"
#include "tests/support/postgres_server.h"

namespace walden::testing {

using Arguments = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

struct ClusterSetup {
  ServerOptions server{};
  bool sealed = false;  // with a signing key on the primary, trusted by the restoring host
};

// A row was committed: four ways to name the moment right after it, before the next row.
struct Moment {
  std::string xid;
  std::string lsn;
  std::string time;  // UTC with microseconds and "+00"
  std::string restore_point;
};

class ArchivedCluster {
 public:
  // Set up by `basebackup init`, running, with an empty table of rows.
  explicit ArchivedCluster(const ClusterSetup& setup = {});

  [[nodiscard]] PostgresServer& primary() { return *primary_; }
  void lose_primary() { primary_.reset(); }

  // All below here belongs to the server user and outlives the primary.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] ArchiveStore& store() { return *store_; }
  // Where it lies when it is a directory's.
  [[nodiscard]] std::filesystem::path store_directory() const { return folder_ / "store"; }
  // Objects' names.
  [[nodiscard]] std::string segment_object(const std::string& segment) const;
  [[nodiscard]] std::string history_object(const std::string& timeline) const;
  [[nodiscard]] std::string backup_object(const std::string& id, const std::string& name) const;
  [[nodiscard]] std::filesystem::path new_folder(const std::string& name) const;

  [[nodiscard]] Command basebackup_on_primary(const Arguments& arguments) const;
  [[nodiscard]] Command basebackup(const Arguments& arguments) const;  // where one restores
  [[nodiscard]] Command restore_command(const std::filesystem::path& pgdata,
                                        const Arguments& arguments = {}) const;

  // Throws with what was said when it fails. Returns the backup's id.
  std::string take_backup(const Arguments& arguments = {});

  // Restores into a new directory, has pg_verifybackup look at it (or, where there is none that
  // knows this version, what looks at the same), and starts it.
  [[nodiscard]] std::unique_ptr<PostgresServer> restored(const Arguments& arguments = {});
  // The same, but not started.
  [[nodiscard]] std::unique_ptr<PostgresServer> restored_copy(const Arguments& arguments = {});

  [[nodiscard]] Environment& restoring_host() { return restoring_host_; }

 private:
  void make_keys();
  void write_primary_settings();
  void start_primary(const ServerOptions& options);

  TemporaryDirectory folder_;
  std::unique_ptr<ArchiveStore> store_;
  Environment restoring_host_;
  std::string recipient_;
  std::string system_identifier_;
  std::unique_ptr<PostgresServer> primary_;
  int copies_ = 0;
};

// Commits one row on any of the cluster's servers.
Moment commit(PostgresServer& server, const std::string& row);

// Turns a restored copy that was not started into a standby, which goes on until it is promoted.
void make_standby(PostgresServer& server);

// All rows in the order they were committed, as "one two three".
[[nodiscard]] std::string rows(PostgresServer& server);

// Runs it; anything but exit code 0 throws with what it said.
Outcome must_succeed(const Command& command);

}  // namespace walden::testing

#define WALDEN_SKIP_WITHOUT_ARCHIVED_CLUSTER()                                       \
  WALDEN_SKIP_WITHOUT_POSTGRES();                                                    \
  if (const auto no_store = ::walden::testing::archive_store_is_missing(); no_store) \
  GTEST_SKIP() << *no_store
