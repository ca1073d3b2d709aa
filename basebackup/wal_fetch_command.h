// The restore_command of a restored cluster.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "common/bytes/error.h"
#include "common/postgres/wal_name.h"

namespace walden {

// wal-fetch, in the directory of the program that runs. ErrorKind::configuration when it is not
// there: a cluster without it would not get any WAL.
[[nodiscard]] Result<std::filesystem::path> find_wal_fetch();

struct WalFetchCommand {
  std::filesystem::path wal_fetch;
  std::vector<std::string> arguments{};
  int server_version = 0;
  // The last two segments that are asked for by a recovery that stops at the end of a backup with
  // its own WAL in pg_wal: its last one, and the next, which PostgreSQL asks for before it stops.
  std::vector<WalName> ends_with{};
};

// The command line for the shell that PostgreSQL starts: words quoted, '%' doubled, then %f %p.
// ErrorKind::configuration when a word holds a line break, or when the line is longer than servers
// before 16 take.
//
// With the WAL in the backup, what lies in pg_wal is taken from there without a question to the
// archive, which may be gone for good; but for the last segment, of which a standby's backup holds
// a part only. For the same reason doubt about the last two, of any timeline, and about histories
// counts as absence. All of it only while postgresql.auto.conf says that recovery is to stop at the
// backup's end: where somebody has this server go on, doubt stops it as anywhere.
[[nodiscard]] Result<std::string> wal_fetch_command(const WalFetchCommand& wanted);

}  // namespace walden
