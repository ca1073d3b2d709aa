// Lists the files below a directory in the order of their full names, as an object store would:
// "a-b" before "a/b" before "a0", which no walk by folder gives by itself.
#pragma once

#include <filesystem>

#include "common/store/store.h"

namespace walden {

// Memory: the entries of one folder per level. Names that start with a dot are passed over. An
// entry in the way of the listing that cannot be looked at, or is neither folder nor regular file,
// is local_io: to pass over it would make a listing with a hole. What is
// removed while it is being listed is passed over, and only that: where the file system that the
// walk began on is not there any more, the walk fails.
[[nodiscard]] Result<> walk_directory(const std::filesystem::path& root, const ListRequest& request,
                                      const Store::Visitor& visit);

}  // namespace walden
