// Where a file's bytes lie, as lists of runs: put together, cut, and overlaid with newer blocks.
//
// A run may be cut anywhere because the frames inside of it are full ones (kFrameSize of
// plaintext): the writer of packs ends a frame early only where a run ends too.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "basebackup/manifest.h"
#include "common/postgres/incremental_file.h"

namespace walden {

using FileRuns = std::vector<FileRun>;

// Becomes a part of the last run where it goes on from there.
void append_run(FileRuns& runs, const FileRun& run);
void append_zeros(FileRuns& runs, std::uint64_t length);

// Takes runs off the front, in pieces of any length.
class RunCursor {
 public:
  explicit RunCursor(std::span<const FileRun> runs) : rest_(runs) {}

  // The next `length` bytes, or what is left; appended to `to` unless that is null.
  void take(std::uint64_t length, FileRuns* to);

 private:
  std::span<const FileRun> rest_;
  std::uint64_t used_ = 0;  // bytes of the first of them
};

// `length` bytes from `offset` on, or as much of that as there is.
[[nodiscard]] FileRuns slice_runs(std::span<const FileRun> runs, std::uint64_t offset,
                                  std::uint64_t length);

// The file as it is now: the blocks that were sent (`sent`: one after the other), else what there
// was of them earlier (`earlier`, of `earlier_size` bytes; only whole blocks count), else zeros.
[[nodiscard]] FileRuns overlay_blocks(std::span<const FileRun> earlier, std::uint64_t earlier_size,
                                      const BlockChanges& changes, std::span<const FileRun> sent);

}  // namespace walden
