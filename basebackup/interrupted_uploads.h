// What an earlier run began and could not abort: a host that lost its power, a network that was
// gone. Multipart uploads and temporary files are in no listing, and take space (and money) until
// someone removes them.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "common/archive/object_names.h"
#include "common/store/directory_store.h"
#include "common/store/s3_store.h"

namespace walden {

// A pack or a segment is under way for minutes, on the slowest line for a day; what is older
// belongs to no one any more.
inline constexpr std::chrono::seconds kForgottenAfter = std::chrono::hours(72);

// Aborts those below `prefix` that were begun `age` ago or earlier. Returns how many.
[[nodiscard]] Result<std::size_t> remove_interrupted_uploads(S3Store& bucket,
                                                             std::string_view prefix,
                                                             std::chrono::seconds age);

// What a killed backup has left of the pack that it was at: in a directory a temporary file. A
// store removes only those beside what it creates, and each backup has a directory of its own. Best
// effort.
void remove_interrupted_files(const DirectoryStore& directory, std::string_view backup_prefix);

// The one or the other, before a backup. That interrupted uploads cannot be removed is said, and no
// reason to go without the backup.
void tidy_up_uploads(Store& store, const ObjectNames& names);

}  // namespace walden
