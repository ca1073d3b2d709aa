// From a store's URL to a Store.
#pragma once

#include <memory>
#include <string_view>

#include "common/store/store.h"

namespace walden {

// file:///absolute/path. Anything else is ErrorKind::configuration, naming the schemes that exist.
// Nothing is contacted or created.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(std::string_view url);

// Sets the place itself up (creates the directory of a file:// store), for `basebackup init` only.
[[nodiscard]] Result<> create_store_root(std::string_view url);

}  // namespace walden
