// Asks a server for its ServerRecord, over ordinary connections, one for each database.
#pragma once

#include <atomic>
#include <chrono>

#include "basebackup/server_record.h"

namespace walden {

// Never fails: what could not be asked is named in the record. Each answer must come within 20 s;
// once `patience` is over, or `cancel` is set, no further database is asked. At most 200 databases.
// `system_identifier`: another server that answers (a conninfo with several hosts) is not recorded.
[[nodiscard]] ServerRecord ask_server_record(const std::string& conninfo,
                                             std::uint64_t system_identifier,
                                             std::chrono::seconds patience,
                                             const std::atomic<bool>& cancel);

// What the record lacks, in one sentence: empty when it lacks nothing.
[[nodiscard]] std::string missing_of(const ServerRecord& record);

}  // namespace walden
