#include "basebackup/file_runs.h"

#include <algorithm>

namespace walden {
namespace {

// Bytes of plaintext before `run` if every frame of its pack were full.
std::uint64_t address(const FileRun& run) {
  return std::uint64_t{run.frame} * kFrameSize + run.offset;
}

FileRun part_of(const FileRun& run, std::uint64_t from, std::uint64_t length) {
  if (run.pack == kZeros) return {.pack = kZeros, .frame = 0, .offset = 0, .length = length};
  const std::uint64_t at = address(run) + from;
  return {.pack = run.pack,
          .frame = static_cast<std::uint32_t>(at / kFrameSize),
          .offset = static_cast<std::uint32_t>(at % kFrameSize),
          .length = length};
}

}  // namespace

void append_run(FileRuns& runs, const FileRun& run) {
  if (run.length == 0) return;
  if (!runs.empty() && runs.back().pack == run.pack &&
      (run.pack == kZeros || address(runs.back()) + runs.back().length == address(run))) {
    runs.back().length += run.length;
    return;
  }
  runs.push_back(run);
}

void append_zeros(FileRuns& runs, std::uint64_t length) {
  append_run(runs, {.pack = kZeros, .frame = 0, .offset = 0, .length = length});
}

void RunCursor::take(std::uint64_t length, FileRuns* to) {
  while (length > 0 && !rest_.empty()) {
    const FileRun& run = rest_.front();
    const std::uint64_t piece = std::min(length, run.length - used_);
    if (to != nullptr) append_run(*to, part_of(run, used_, piece));
    length -= piece;
    used_ += piece;
    if (used_ == run.length) {
      rest_ = rest_.subspan(1);
      used_ = 0;
    }
  }
}

FileRuns slice_runs(std::span<const FileRun> runs, std::uint64_t offset, std::uint64_t length) {
  FileRuns slice;
  RunCursor cursor(runs);
  cursor.take(offset, nullptr);
  cursor.take(length, &slice);
  return slice;
}

FileRuns overlay_blocks(std::span<const FileRun> earlier, std::uint64_t earlier_size,
                        const BlockChanges& changes, std::span<const FileRun> sent) {
  FileRuns runs;
  RunCursor old(earlier);
  RunCursor fresh(sent);
  const std::uint64_t old_blocks =
      std::min<std::uint64_t>(earlier_size / changes.block_size, changes.truncation_length);
  std::uint64_t next = 0;  // block
  // The blocks from `next` up to `end`, none of which was sent.
  const auto keep_until = [&](std::uint64_t end) {
    const std::uint64_t kept = next < old_blocks ? std::min(end, old_blocks) - next : 0;
    old.take(kept * changes.block_size, &runs);
    append_zeros(runs, (end - next - kept) * changes.block_size);
    next = end;
  };
  for (const std::uint32_t block : changes.blocks) {
    keep_until(block);
    fresh.take(changes.block_size, &runs);
    old.take(changes.block_size, nullptr);
    ++next;
  }
  keep_until(changes.file_size() / changes.block_size);
  return runs;
}

}  // namespace walden
