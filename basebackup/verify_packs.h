// Every byte of a backup's packs, and every file in them.
#pragma once

#include <atomic>
#include <functional>

#include "basebackup/manifest_reader.h"
#include "basebackup/verification.h"

namespace walden {

struct PackVerification {
  Store& store;
  const ObjectNames& names;
  const Opening& opening;
  const ManifestFile& manifest;
  unsigned threads = 1;
  std::function<void(std::uint64_t bytes)> advance;  // of plaintext; called from every thread
  const std::atomic<bool>& cancel;
};

// Fetches what a restore would, without writing it: header, footer and signature of each pack,
// every frame that a file lies in, and each file's digest; then the frames of this backup's own
// packs that no file lies in. What is wrong goes into `verification`, of each pack only the first;
// an error means that it could not be found out. Memory: that of run_frame_work().
[[nodiscard]] Result<> verify_packs(const PackVerification& what, Verification& verification);

}  // namespace walden
