// What the server says of its archiving, for `basebackup status`.
#pragma once

#include <string>

#include "basebackup/cluster_status.h"

namespace walden {

// `conninfo` as for basebackup check. `newest`: the newest segment in the store, or nothing.
// ErrorKind::configuration when it is another server than system `system_identifier`.
// Every wait ends within 10 s of silence.
[[nodiscard]] Result<ServerFact> ask_archiving(const std::string& conninfo,
                                               std::uint64_t system_identifier,
                                               const std::string& newest);

// How many segments before the one that holds `current` come after `newest`; pure.
[[nodiscard]] std::optional<std::uint64_t> segments_behind(std::uint64_t current_lsn,
                                                           std::uint32_t segment_size,
                                                           const std::string& newest);

}  // namespace walden
