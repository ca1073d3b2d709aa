// What a search through the archived WAL says of itself.
#pragma once

#include <string>
#include <string_view>

#include "common/postgres/wal_name.h"

namespace walden {

// "<doing> in 0000…7C" on a terminal, where each replaces the one before; elsewhere the same
// sentence for all segments, so that a log does not get a line for each of thousands.
[[nodiscard]] std::string segment_sentence(std::string_view doing, const WalName& name);

}  // namespace walden
