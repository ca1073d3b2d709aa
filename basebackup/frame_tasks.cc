#include "basebackup/frame_tasks.h"

#include <algorithm>
#include <tuple>

namespace walden {
namespace {

constexpr std::size_t kFilesOfAGroup = 256;
// What a thread works on at a time, where frames are small because they compress well.
constexpr std::size_t kFramesOfASlice = 16;

// A frame from which a run goes on is full.
std::vector<FramePiece> pieces_of(const FileRecord& file) {
  std::vector<FramePiece> pieces;
  std::uint64_t place = 0;
  for (const FileRun& run : file.runs) {
    const std::uint64_t end = place + run.length;
    std::uint32_t offset = run.offset;
    for (std::uint32_t frame = run.frame; run.pack != kZeros && place < end; ++frame) {
      const auto length =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(kFrameSize - offset, end - place));
      pieces.push_back({run.pack, frame, offset, length, place, nullptr});
      place += length;
      offset = 0;
    }
    place = end;
  }
  return pieces;
}

void sort_by_frame(std::vector<FramePiece>& pieces) {
  std::ranges::sort(pieces, [](const FramePiece& a, const FramePiece& b) {
    return std::tie(a.pack, a.frame, a.offset) < std::tie(b.pack, b.frame, b.offset);
  });
}

bool same_frame(const FramePiece& a, const FramePiece& b) {
  return a.pack == b.pack && a.frame == b.frame;
}

}  // namespace

Result<bool> FrameTasks::add_next_file() {
  const auto record = TRY(work_.next());
  if (!record) {
    at_end_ = true;
    return false;
  }
  auto taker = work_.begin(*record, number_++);
  if (!taker) return true;
  const bool in_order = taker->in_order();
  auto pieces = pieces_of(*record);
  auto file = std::make_shared<FilePieces>(std::move(taker), pieces.size());
  if (record->size <= kSmallFile) {
    add_small(std::move(file), std::move(pieces), record->size);
    return true;
  }
  for (auto& piece : pieces) piece.file = file;
  if (pieces.empty()) group_.without_pieces.push_back(std::move(file));
  large_ = std::move(pieces);
  large_done_ = 0;
  large_in_order_ = in_order;
  if (!in_order) sort_by_frame(large_);
  return true;
}

void FrameTasks::add_small(std::shared_ptr<FilePieces> file, std::vector<FramePiece> pieces,
                           std::uint64_t size) {
  ++group_files_;
  group_size_ += size;
  if (pieces.empty()) {
    group_.without_pieces.push_back(std::move(file));
    return;
  }
  for (auto& piece : pieces) {
    piece.file = file;
    group_.pieces.push_back(std::move(piece));
  }
}

FrameTask FrameTasks::take_group() {
  sort_by_frame(group_.pieces);
  group_size_ = 0;
  group_files_ = 0;
  return std::exchange(group_, {});
}

// The pieces of a frame stay together.
FrameTask FrameTasks::take_slice() {
  FrameTask task;
  std::uint64_t stored = 0;
  std::size_t frames = 0;
  while (large_done_ < large_.size()) {
    const FramePiece& piece = large_[large_done_];
    if (task.pieces.empty() || !same_frame(task.pieces.back(), piece)) {
      const PackReader& pack = work_.packs.pack(piece.pack);
      stored += pack.record().frame_sizes[piece.frame];
      const bool full = stored > kFetchSize || ++frames > kFramesOfASlice;
      if (!task.pieces.empty() && full && !large_in_order_) break;
    }
    task.pieces.push_back(std::move(large_[large_done_++]));
  }
  return task;
}

Result<std::optional<FrameTask>> FrameTasks::next() {
  for (;;) {
    if (large_done_ < large_.size()) return take_slice();
    const bool full = group_size_ >= kSmallFile || group_files_ >= kFilesOfAGroup;
    const bool empty = group_.pieces.empty() && group_.without_pieces.empty();
    if (full || (at_end_ && !empty)) return take_group();
    if (at_end_) return std::nullopt;
    TRY(add_next_file());
  }
}

}  // namespace walden
