// The sentences that every store says alike.
#pragma once

#include <string_view>

#include "common/store/store.h"

namespace walden {

[[nodiscard]] std::unexpected<Error> object_absent(const Store& store, std::string_view name);
[[nodiscard]] std::unexpected<Error> object_exists(const Store& store, std::string_view name);

// ErrorKind::usage for a name that no store takes.
[[nodiscard]] Result<> check_object_name(std::string_view name);

}  // namespace walden
