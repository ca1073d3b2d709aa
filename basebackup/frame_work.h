// The files of a backup out of its packs, several fetches at a time: each frame is fetched and
// opened once for all the pieces of a file, or of a group of small files, that lie in it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>

#include "basebackup/manifest_reader.h"
#include "basebackup/pack_reader.h"

namespace walden {

// A file above this is shared out among threads, one below goes with its neighbours.
inline constexpr std::uint64_t kSmallFile = std::uint64_t{4} << 20U;

// What is made of a file's pieces. take() and lost() of a large file come from several threads at
// once and in any order, those of a small one from one thread; finish() once, when all have come.
// A run of zeros is no piece.
class PieceTaker {
 public:
  virtual ~PieceTaker() = default;
  // The content from `offset` on.
  [[nodiscard]] virtual Result<> take(std::uint64_t offset, ByteView bytes) = 0;
  // In the place of take(): these could not be had.
  [[nodiscard]] virtual Result<> lost(const PackRecord& pack, const Error& why) = 0;
  [[nodiscard]] virtual Result<> finish() = 0;
  // Whether all must come from one thread and in the order of the file, which costs it the help of
  // the others.
  [[nodiscard]] virtual bool in_order() const { return false; }
};

struct FrameWork {
  const PackReaders& packs;
  // The files, one by one; nothing at the end. Called by one thread at a time.
  std::function<Result<std::optional<FileRecord>>()> next;
  unsigned threads = 1;
  // Asked file by file, in that order; `number` counts from 0. Null: the file is left out.
  std::function<std::unique_ptr<PieceTaker>(const FileRecord& file, std::uint64_t number)> begin;
  const std::atomic<bool>& cancel;
};

// The first error of a taker ends it, and `cancel` as "interrupted". Memory: 6 MiB for each fetch
// at a time, and the runs of one file.
[[nodiscard]] Result<> run_frame_work(const FrameWork& work);

// How many fetches go on at a time: more than there are cores, as most of them wait for the store.
[[nodiscard]] unsigned fetches_at_a_time(unsigned threads);

}  // namespace walden
