// Runs the record scanner over the segments in a server's pg_wal.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "common/postgres/wal_records.h"

namespace walden::testing {

struct Scan {
  std::vector<TransactionEnd> transactions;
  std::vector<RestorePoint> restore_points;
  bool ended = false;
  Lsn valid_until;
};

// The segments of timeline 1 that are there, in order.
[[nodiscard]] std::vector<std::filesystem::path> segments_in(const std::filesystem::path& pg_wal);

// `piece`: how many bytes are handed over at a time.
[[nodiscard]] Scan scan(const std::vector<std::filesystem::path>& segments, std::size_t piece);

}  // namespace walden::testing
