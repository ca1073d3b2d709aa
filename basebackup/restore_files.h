// The files of a backup, out of its packs, in parallel; each compared with its digest.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "basebackup/restored_tree.h"

namespace walden {

struct FileRestore {
  Store& store;
  const ObjectNames& names;
  const Opening& opening;
  const ManifestFile& manifest;
  const RestoredTree& tree;
  unsigned threads = 1;
  std::function<void(std::uint64_t bytes)> advance;  // called from every thread
  const std::atomic<bool>& cancel;
  // By a file's number in the manifest: it is there already, right as it is. Empty: none is.
  std::vector<bool> kept{};
  std::function<void(const FileRecord& file, std::uint32_t crc)> checksum{};  // as FileWriting's
};

// Everything but pg_control and what is kept. ErrorKind::corrupt names the file and the pack that
// are not right. Nothing is synced yet. Memory: that of run_frame_work().
[[nodiscard]] Result<> restore_files(const FileRestore& restore);

// pg_control, durable. ErrorKind::corrupt when the backup has none.
[[nodiscard]] Result<> restore_control_file(const FileRestore& restore);

}  // namespace walden
