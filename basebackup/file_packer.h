// A file's content on its way into the packs: digested once, MiB by MiB, and only stored where this
// host does not remember that the same MiB of the same file is stored already.
//
// Memory: one MiB.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "basebackup/file_entry.h"
#include "basebackup/file_runs.h"
#include "basebackup/pack_writer.h"

namespace walden {

// May what lies there be referred to?
using MayRefer = std::function<bool(const FileRun&)>;

class FilePacker {
 public:
  // Both must outlive it.
  FilePacker(PackWriter& packs, const MayRefer& may_refer) : packs_(packs), may_refer_(may_refer) {}

  // `before`: what is remembered of the file, or null. It must outlive the file.
  [[nodiscard]] Result<> begin(std::uint64_t expected_size, const FileEntry* before);
  [[nodiscard]] Result<> write(ByteView content);

  struct Packed {
    std::uint64_t size = 0;
    ContentDigest digest;
    FileRuns runs;
    std::vector<Digest> chunks;  // as FileEntry::chunks
  };
  [[nodiscard]] Result<Packed> end();

  // Bytes for which a reference took the place of a copy, of all files.
  [[nodiscard]] std::uint64_t referred() const { return referred_; }

 private:
  [[nodiscard]] Result<> take(ByteView part);
  [[nodiscard]] Result<> end_chunk();
  [[nodiscard]] Result<> place_chunk(const Digest& digest);
  [[nodiscard]] FileRuns stored_already(const Digest& digest) const;

  PackWriter& packs_;
  const MayRefer& may_refer_;
  const FileEntry* before_ = nullptr;
  Buffer chunk_;  // held back until its digest is known; only of files that are remembered
  Sha256 chunk_digest_;
  Sha256 digest_of_chunks_;
  std::size_t in_chunk_ = 0;       // bytes
  std::uint64_t chunks_done_ = 0;  // of the file
  Packed packed_;
  std::uint64_t referred_ = 0;
};

}  // namespace walden
