// One file while its backup is verified: its pieces are digested, and nothing is written.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>

#include "basebackup/frame_work.h"
#include "basebackup/piece_digests.h"
#include "basebackup/verification.h"

namespace walden {

class CheckedFile final : public PieceTaker {
 public:
  using Advance = std::function<void(std::uint64_t bytes)>;
  // `verification` and `advance` must outlive it.
  CheckedFile(Verification& verification, const Advance& advance, FileRecord file);

  [[nodiscard]] Result<> take(std::uint64_t offset, ByteView bytes) override;
  // Noted of the pack; what a file has lost with it is not told of each.
  [[nodiscard]] Result<> lost(const PackRecord& pack, const Error& why) override;
  [[nodiscard]] Result<> finish() override;
  [[nodiscard]] bool in_order() const override { return how_ == How::in_order; }

 private:
  enum class How {
    by_pieces,  // each proves itself
    whole,      // small: put together in memory
    in_order    // large, and its pieces prove nothing alone
  };
  [[nodiscard]] Result<ContentDigest> digest();
  void zeros_until(std::uint64_t offset);

  Verification& verification_;
  const Advance& advance_;
  const FileRecord file_;
  const How how_;
  PieceDigests digests_;
  Buffer content_;
  ContentHasher hasher_;
  std::uint64_t hashed_ = 0;
  std::atomic<bool> incomplete_ = false;
};

}  // namespace walden
