// A listing that its visitor may end early.
#pragma once

#include <functional>

#include "common/store/store.h"

namespace walden {

// `visit` returns false to end the listing, which is then a success.
[[nodiscard]] Result<> list_until(Store& store, const ListRequest& request,
                                  const std::function<Result<bool>(const ObjectEntry&)>& visit);

}  // namespace walden
