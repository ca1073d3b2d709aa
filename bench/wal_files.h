// The WAL that is measured with: real segments, all in memory.
#pragma once

#include <vector>

#include "common/bytes/bytes.h"

namespace walden::bench {

// Every segment in $WALDEN_BENCH_WAL, read once; empty where there is none. bench/README.md.
[[nodiscard]] const std::vector<Buffer>& wal_files();

[[nodiscard]] std::size_t total_size(const std::vector<Buffer>& files);

}  // namespace walden::bench
