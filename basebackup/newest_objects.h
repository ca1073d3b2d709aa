// The objects below a prefix that were stored last, by the store's clock: names tell what the clock
// of the host said that wrote them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/store/store.h"

namespace walden {

// Newest first, at most eight: should the newest be damaged or forged, one before it counts; but
// not all of years are read. Of those stored in the same second, by their names.
[[nodiscard]] Result<std::vector<std::string>> newest_objects(
    Store& store, const std::string& prefix,
    const std::function<bool(const std::string& name)>& wanted);

}  // namespace walden
