// Small files of a restored data directory that are not as the backup had them.
#pragma once

#include <string>

#include "basebackup/restored_tree.h"

namespace walden {

// Replaces the file, or creates it, durably, with this mode and the tree's owner.
[[nodiscard]] Result<> rewrite_file(const RestoredTree& tree, const std::string& path,
                                    std::uint32_t mode, const std::string& content);

}  // namespace walden
