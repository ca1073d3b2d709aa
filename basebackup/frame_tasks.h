// How the pieces of a backup's files are shared out: tasks of about one fetch each.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "basebackup/frame_work.h"

namespace walden {

struct FilePieces {
  FilePieces(std::unique_ptr<PieceTaker> of, std::uint64_t pieces)
      : taker(std::move(of)), left(pieces) {}
  std::unique_ptr<PieceTaker> taker;
  std::atomic<std::uint64_t> left;  // that have not been handed over yet
};

// Part of one frame, and where it goes.
struct FramePiece {
  std::uint32_t pack = 0;
  std::uint32_t frame = 0;
  std::uint32_t offset = 0;  // in the frame's plaintext
  std::uint32_t length = 0;
  std::uint64_t place = 0;  // in the file
  std::shared_ptr<FilePieces> file;
};

struct FrameTask {
  std::vector<FramePiece> pieces;  // those of a frame together, but for files in their own order
  std::vector<std::shared_ptr<FilePieces>> without_pieces;
};

// Called by one thread at a time.
class FrameTasks {
 public:
  explicit FrameTasks(const FrameWork& work) : work_(work) {}

  [[nodiscard]] Result<std::optional<FrameTask>> next();

 private:
  [[nodiscard]] Result<bool> add_next_file();
  void add_small(std::shared_ptr<FilePieces> file, std::vector<FramePiece> pieces,
                 std::uint64_t size);
  [[nodiscard]] FrameTask take_group();
  [[nodiscard]] FrameTask take_slice();

  const FrameWork& work_;
  std::uint64_t number_ = 0;  // of the next file
  bool at_end_ = false;
  FrameTask group_;  // of small files, being filled
  std::uint64_t group_size_ = 0;
  std::size_t group_files_ = 0;
  std::vector<FramePiece> large_;  // pieces of the large file that is being shared out
  std::size_t large_done_ = 0;
  bool large_in_order_ = false;
};

}  // namespace walden
