// Which files of a backup are there already, right as they are: by their digests.
#pragma once

#include "basebackup/restore_files.h"

namespace walden {

struct KeptFiles {
  std::vector<bool> by_number;  // as FileRestore::kept
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

// Reads what is there in the place of each file, in parallel, and keeps it where size and digest
// are right: it gets its mode, owner and time, and `advance` is told of it. Everything else that
// stands there is removed. A file without a digest, or with another name, is never kept. `by_time`:
// nor one of another time, as a restore sets it last; that saves reading it.
[[nodiscard]] Result<KeptFiles> keep_right_files(const FileRestore& restore, bool by_time);

}  // namespace walden
