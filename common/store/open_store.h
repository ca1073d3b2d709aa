// From a store's URL to a Store.
#pragma once

#include <memory>
#include <string_view>

#include "common/store/s3_store.h"
#include "common/store/store.h"

namespace walden {

// file:///absolute/path or s3://bucket/prefix. Anything else is ErrorKind::configuration, naming
// the schemes that exist. Nothing is contacted or created.
[[nodiscard]] Result<std::unique_ptr<Store>> open_store(std::string_view url,
                                                        const S3Options& options = {});

// Sets the place itself up (creates the directory of a file:// store; a bucket is made with its
// provider's own tools), for `basebackup init` only.
[[nodiscard]] Result<> create_store_root(std::string_view url);

}  // namespace walden
