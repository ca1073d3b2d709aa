// Is what was not found really not there? A link whose target's file system is not mounted, and a
// name that something other than a file bears, look like absence to open(2) and stat(2); taken for
// absence, they would end a recovery early or make a listing with a hole.
#pragma once

#include <filesystem>

#include "common/bytes/error.h"

namespace walden {

// For the relative `name` below `root` that was not found, or was found and is no regular file.
// Success: it is not there. local_io: one of its parts is a link that leads nowhere, or is neither
// directory nor file; or the last part is there and no regular file.
[[nodiscard]] Result<> check_absence(const std::filesystem::path& root,
                                     const std::filesystem::path& name);

// For an entry that its directory has just listed and stat(2) failed on with `error_number`.
// Success: it was removed in the meantime.
[[nodiscard]] Result<> check_removed(const std::filesystem::path& entry, int error_number);

// "X is there, but is no regular file".
[[nodiscard]] std::unexpected<Error> no_regular_file(const std::filesystem::path& path);

}  // namespace walden
