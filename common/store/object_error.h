// The sentences that every store says alike.
#pragma once

#include <string_view>

#include "common/store/store.h"

namespace walden {

// Where an archive is not found: what must not be done about it. An empty one in the place of one
// that is only not mounted would make wal-fetch say that WAL is proven to be absent.
inline constexpr std::string_view kNoSecondArchive =
    "If the archive ever existed, do not run basebackup init";

[[nodiscard]] std::unexpected<Error> object_absent(const Store& store, std::string_view name);
[[nodiscard]] std::unexpected<Error> object_exists(const Store& store, std::string_view name);

// ErrorKind::usage for a name that no store takes.
[[nodiscard]] Result<> check_object_name(std::string_view name);

}  // namespace walden
