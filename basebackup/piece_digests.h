// The digest of a file whose content comes in pieces, in any order and from several threads.
//
// Pieces that are a whole chunk of a chunked file, or a whole file, are digested as they come.
// What is left is read again in the end, out of the file that was written.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "basebackup/manifest.h"

namespace walden {

class PieceDigests {
 public:
  // `file` must outlive it. Of its runs of zeros the digests are known.
  explicit PieceDigests(const FileRecord& file);

  // The content from `offset` on. No byte twice; different bytes from several threads at once.
  void take(std::uint64_t offset, ByteView bytes);

  // Once all pieces were taken, by one thread. `read` fills the span with the content from an
  // offset on.
  using Read = std::function<Result<>(std::uint64_t offset, std::span<std::uint8_t> into)>;
  [[nodiscard]] Result<ContentDigest> finish(const Read& read);

  // Whether a file can be proven by its pieces alone, whatever their order.
  [[nodiscard]] static bool suffice(const FileRecord& file);

 private:
  [[nodiscard]] Result<Digest> chunk(std::size_t index, const Read& read, Buffer& buffer);
  [[nodiscard]] Result<ContentDigest> from_the_file(const Read& read) const;

  const FileRecord& file_;
  std::vector<Digest> chunks_;
  std::vector<std::uint8_t> known_;  // not bool: written by several threads
};

}  // namespace walden
