// Every byte of a backup's packs, and every file in them.
#pragma once

#include <atomic>
#include <functional>

#include "basebackup/manifest.h"
#include "basebackup/verification.h"

namespace walden {

struct PackVerification {
  Store& store;
  const ObjectNames& names;
  const Opening& opening;
  const Manifest& manifest;
  std::function<void(std::uint64_t bytes)> advance;  // of plaintext
  const std::atomic<bool>& cancel;
};

// Reads each pack whole (frames, digest, signature), and out of its frames each file, whose digest
// is compared. What is wrong goes into `verification`; an error means that it could not be found
// out. Memory: the frames in flight of one pack.
[[nodiscard]] Result<> verify_packs(const PackVerification& what, Verification& verification);

}  // namespace walden
