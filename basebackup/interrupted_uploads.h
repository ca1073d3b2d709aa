// Multipart uploads that an earlier run began and could not abort: a host that lost its power, a
// network that was gone. They are in no listing, and are paid for until someone removes them.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "common/store/s3_store.h"

namespace walden {

// A pack or a segment is under way for minutes, on the slowest line for a day; what is older
// belongs to no one any more.
inline constexpr std::chrono::seconds kForgottenAfter = std::chrono::hours(72);

// Aborts those below `prefix` that were begun `age` ago or earlier. Returns how many.
[[nodiscard]] Result<std::size_t> remove_interrupted_uploads(S3Store& bucket,
                                                             std::string_view prefix,
                                                             std::chrono::seconds age);

// The same for whatever kind of store, before a backup: only buckets have such uploads, and that
// they cannot be removed is said, and no reason to go without the backup.
void tidy_up_uploads(Store& store, std::string_view prefix);

}  // namespace walden
