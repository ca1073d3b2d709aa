// What a drill asks of the database once it is open.
#pragma once

#include <atomic>
#include <chrono>

#include "basebackup/drill_report.h"
#include "basebackup/drill_server.h"
#include "common/program/policy.h"

namespace walden {

struct DrillChecking {
  DrillServer& server;
  const ServerPrograms& programs;
  const DrillPlace& place;
  std::chrono::steady_clock::time_point deadline;
  const std::atomic<bool>& cancel;
};

// Every row of every table, of the catalogs too, is read as text, which takes it through the
// server's own checks: checksums, heap, TOAST, types. What was read goes into `databases`; the fact
// names the tables that cannot be read. An Error only for an interruption.
[[nodiscard]] Result<Fact> read_every_table(const DrillChecking& checking,
                                            std::vector<DrilledDatabase>& databases);

// pg_amcheck over all databases, with the extension where it has to be installed first. not_asked
// where this host has no pg_amcheck.
[[nodiscard]] Result<Fact> run_amcheck(const DrillChecking& checking);

// `check.sql` must give one row with one column that is `check.expect` (NULL: the empty text).
[[nodiscard]] Result<Fact> run_check(const DrillChecking& checking, const DrillCheck& check);

}  // namespace walden
