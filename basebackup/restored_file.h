// One file while it is restored: created with its size, its pieces written where they belong,
// blocks of zeros left out so that they take no space, and in the end compared with its digest and
// given its mode, owner and time.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>

#include "basebackup/frame_work.h"
#include "basebackup/piece_digests.h"
#include "basebackup/restored_tree.h"

namespace walden {

struct FileWriting {
  const RestoredTree& tree;
  std::function<void(std::uint64_t bytes)> advance;  // called from every thread
  const std::atomic<bool>& cancel;
  // Told the CRC-32C of each file that has no digest, if it is set; called from every thread.
  std::function<void(const FileRecord& file, std::uint32_t crc)> checksum;
};

// ErrorKind::corrupt names the file and the pack that are not right. Nothing is synced.
class RestoredFile final : public PieceTaker {
 public:
  // `writing` must outlive it.
  RestoredFile(const FileWriting& writing, FileRecord file);

  [[nodiscard]] Result<> take(std::uint64_t offset, ByteView bytes) override;
  [[nodiscard]] Result<> lost(const PackRecord& pack, const Error& why) override;
  [[nodiscard]] Result<> finish() override;

 private:
  [[nodiscard]] Result<FileDescriptor> open();
  [[nodiscard]] Result<> write_blocks(int fd, std::uint64_t offset, ByteView bytes) const;
  [[nodiscard]] Result<> check(int fd);
  [[nodiscard]] Result<> tell_checksum(int fd) const;
  [[nodiscard]] Result<> read_back(int fd, std::uint64_t offset,
                                   std::span<std::uint8_t> into) const;

  const FileWriting& writing_;
  const FileRecord file_;
  const std::filesystem::path path_;
  PieceDigests digests_;
  std::mutex mutex_;
  bool created_ = false;
  FileDescriptor only_;  // of a file in one piece, from that piece to the end
};

// The same file, seen from the person's side: what to do where its content is lost.
[[nodiscard]] Error of_restored_file(const std::string& path, const Error& error);

}  // namespace walden
