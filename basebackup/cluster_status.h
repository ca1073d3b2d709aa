// What is known of one cluster's archive at one moment. Facts only: what they are worth is said by
// status_judgement.h. What cannot be known here (no key, no server to ask) is absent, not good.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes/error.h"
#include "common/bytes/instant.h"

namespace walden {

struct BackupFact {
  std::string id;
  std::string kind;                // empty: not known
  std::optional<Instant> started;  // of a sealed one from its name
  std::optional<Instant> stopped;
  std::optional<std::uint64_t> stored_size;
  std::optional<std::uint64_t> database_size;
  std::optional<bool> consistent;  // all WAL from its start to its stop is there, or in it
  bool only_its_end = false;       // that WAL is in the backup, and not in the archive
  std::optional<bool> complete;    // and all from there to the newest
  std::string damaged;             // why its manifest cannot be read

  // When it was taken, as exactly as is known.
  [[nodiscard]] std::optional<Instant> taken() const { return stopped ? stopped : started; }
};

struct WalHoleFact {
  std::string first;  // segments
  std::string last;
  std::uint64_t count = 0;
  std::optional<Instant> from;  // the moments that are lost, as far as they are known
  std::optional<Instant> to;
};

struct WalFact {
  std::string newest;  // segment
  Instant stored;      // by the store's clock
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;  // as stored
};

// What verify or drill left behind.
struct ProofFact {
  Instant at;
  bool good = false;
  std::string subject;  // which backup
  std::optional<std::chrono::seconds> rto;
  std::optional<std::chrono::seconds> rpo;
  std::vector<std::string> without;  // what could not be asked
};

struct ServerFact {
  bool is_standby = false;
  bool archiver_failing = false;  // nothing was archived since the last failure
  std::uint64_t archived = 0;
  std::uint64_t failed = 0;
  std::string last_failed_wal;
  std::optional<std::chrono::seconds> last_archived_ago;
  std::optional<std::chrono::seconds> last_failed_ago;
  std::chrono::seconds archive_timeout{0};
  // Whole segments that the server has finished and the store has not.
  std::optional<std::uint64_t> segments_behind;
};

struct SpaceFact {
  std::string directory;
  std::uint64_t available = 0;
  std::uint64_t capacity = 0;
};

// What expire would do, by the policy.
struct ExpireFact {
  std::size_t backups = 0;
  std::uint64_t bytes = 0;
};

struct ClusterStatus {
  std::string cluster;
  std::string store;
  Instant now;
  std::optional<Error> store_error;  // then nothing that follows is known
  std::uint64_t system_identifier = 0;
  std::optional<Instant> created;   // the marker
  std::vector<BackupFact> backups;  // oldest first
  std::size_t unfinished = 0;
  std::optional<WalFact> wal;
  // Whether it could be read to which moments one can restore; then these, absent if to none.
  bool window_known = false;
  std::optional<Instant> window_begin;
  std::optional<Instant> window_end;
  bool window_end_is_least = false;  // without the secret key: it reaches at least as far
  std::vector<WalHoleFact> holes;
  std::optional<ProofFact> verified;
  std::optional<ProofFact> drilled;
  // Of a verify or drill that came after those and cannot be believed: its name.
  std::string verify_not_believed;
  std::string drill_not_believed;
  std::optional<ServerFact> server;
  std::optional<Error> server_error;  // it was to be asked, and did not answer
  std::optional<SpaceFact> space;     // of a store that is a directory
  std::optional<ExpireFact> expire;
};

[[nodiscard]] inline std::chrono::seconds age(Instant time, Instant now) {
  return std::chrono::seconds((now.microseconds - time.microseconds) / 1'000'000);
}

// The newest that is not damaged, or null.
[[nodiscard]] const BackupFact* newest_backup(const ClusterStatus& status);

}  // namespace walden
