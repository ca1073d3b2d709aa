// The folders of drills below a scratch directory, told apart by the marker in each: one that runs
// holds a lock on it, one that was killed does not, and a copy that is to stay says so.
#pragma once

#include <filesystem>
#include <string_view>

#include "common/bytes/error.h"
#include "common/bytes/file_descriptor.h"

namespace walden {

inline constexpr std::string_view kDrillFolder = "walden-drill-";

// Removes what killed drills have left, and returns how many there were. ErrorKind::exists, before
// anything is removed, when there is anything else (but for kept copies and lost+found) or when a
// drill is running.
[[nodiscard]] Result<int> clear_remains(const std::filesystem::path& scratch);

// In a folder that was just made. Holds the lock until it is closed.
[[nodiscard]] Result<FileDescriptor> lock_new_marker(const std::filesystem::path& folder);
[[nodiscard]] Result<> mark_as_kept(int marker, const std::filesystem::path& folder);

// Stops the server that runs on the copy, if one does, and removes the folder.
[[nodiscard]] Result<> remove_remains(const std::filesystem::path& folder);

}  // namespace walden
