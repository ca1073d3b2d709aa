// Lists the files below a directory in the order of their full names, as an object store would:
// "a-b" before "a/b" before "a0", which no walk by folder gives by itself.
#pragma once

#include <filesystem>

#include "common/store/store.h"

namespace walden {

// Memory: the entries of one folder per level. Names that start with a dot are passed over.
[[nodiscard]] Result<> walk_directory(const std::filesystem::path& root, const ListRequest& request,
                                      const Store::Visitor& visit);

}  // namespace walden
