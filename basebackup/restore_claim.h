// The file that says "this directory is being restored into": created as the first entry of a
// directory and removed as the last, so that of two restores into the same empty directory one is
// refused before it can touch, or take away, what the other wrote.
#pragma once

#include <filesystem>

#include "common/bytes/error.h"

namespace walden {

inline constexpr const char* kRestoreClaim = ".walden-restore";

// Claims a directory that must hold nothing else. ErrorKind::exists when another run has claimed it
// or it is no longer empty; nothing of ours is in it then.
[[nodiscard]] Result<> claim_directory(const std::filesystem::path& directory);

// Durable. A directory that is not claimed stays as it is.
[[nodiscard]] Result<> release_directory(const std::filesystem::path& directory);

// The refusal of a directory that somebody else got first.
[[nodiscard]] std::unexpected<Error> claimed_by_another(const std::filesystem::path& directory);

}  // namespace walden
