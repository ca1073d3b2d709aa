// The files of a backup, out of its packs, in parallel; each compared with its digest as it is
// written.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "basebackup/restored_tree.h"

namespace walden {

struct FileRestore {
  Store& store;
  const ObjectNames& names;
  const Opening& opening;
  const Manifest& manifest;
  const RestoredTree& tree;
  unsigned threads = 1;
  std::function<void(std::uint64_t bytes)> advance;  // called from every thread
  const std::atomic<bool>& cancel;
};

// Everything but pg_control. ErrorKind::corrupt names the file and the pack that are not right.
// Nothing is synced yet. Memory: about 10 MiB for each thread.
[[nodiscard]] Result<> restore_files(const FileRestore& restore);

// fsync of every file but pg_control, in parallel.
[[nodiscard]] Result<> sync_files(const FileRestore& restore);

// pg_control, durable. ErrorKind::corrupt when the backup has none.
[[nodiscard]] Result<> restore_control_file(const FileRestore& restore);

}  // namespace walden
