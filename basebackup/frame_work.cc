#include "basebackup/frame_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <span>

#include "basebackup/frame_tasks.h"
#include "basebackup/in_parallel.h"

namespace walden {
namespace {

using Pieces = std::span<const FramePiece>;

// Pieces of one pack in frames that follow each other, as many as one fetch takes.
struct Stretch {
  Pieces pieces;
  std::uint32_t end = 0;  // behind its last frame
};

Stretch first_stretch(Pieces pieces, const PackReader& pack) {
  const FramePiece& first = pieces.front();
  Stretch stretch{pieces.first(1), first.frame + 1};
  const std::uint64_t begin = pack.offset_of(first.frame);
  for (const FramePiece& piece : pieces.subspan(1)) {
    const bool follows = piece.frame + 1 == stretch.end || piece.frame == stretch.end;
    if (piece.pack != first.pack || !follows) break;
    if (pack.offset_of(piece.frame + 1) - begin > kFetchSize) break;
    stretch.end = piece.frame + 1;
    stretch.pieces = pieces.first(stretch.pieces.size() + 1);
  }
  return stretch;
}

class TaskRunner {
 public:
  explicit TaskRunner(const FrameWork& work) : work_(work), frames_(work.packs) {}

  Result<> run(const FrameTask& task) {
    for (const auto& file : task.without_pieces) TRY(file->taker->finish());
    for (Pieces rest = task.pieces; !rest.empty();) {
      const PackReader& pack = work_.packs.pack(rest.front().pack);
      const Stretch stretch = first_stretch(rest, pack);
      TRY(run(stretch, pack.record()));
      rest = rest.subspan(stretch.pieces.size());
    }
    return {};
  }

 private:
  Result<> run(const Stretch& stretch, const PackRecord& pack) {
    Pieces rest = stretch.pieces;
    bool visited = false;
    const auto read = frames_.read(
        pack.number, rest.front().frame, stretch.end,
        [&](std::uint32_t frame, const Result<ByteView>& plaintext) -> Result<> {
          visited = true;
          if (work_.cancel) return fail(ErrorKind::transient, "interrupted");
          for (; !rest.empty() && rest.front().frame == frame; rest = rest.subspan(1)) {
            TRY(hand_over(rest.front(), pack, plaintext));
          }
          return {};
        });
    if (read || visited) return read;
    for (const FramePiece& piece : rest) {
      TRY(hand_over(piece, pack, std::unexpected(read.error())));
    }
    return {};
  }

  static Result<> hand_over(const FramePiece& piece, const PackRecord& pack,
                            const Result<ByteView>& plaintext) {
    PieceTaker& taker = *piece.file->taker;
    if (!plaintext) {
      TRY(taker.lost(pack, plaintext.error()));
    } else if (plaintext->size() < std::uint64_t{piece.offset} + piece.length) {
      TRY(taker.lost(pack, Error{ErrorKind::corrupt,
                                 fmt::format("frame {} of {} is shorter than the manifest says",
                                             piece.frame, pack.object),
                                 {}}));
    } else {
      TRY(taker.take(piece.place, plaintext->subspan(piece.offset, piece.length)));
    }
    // The last one sees what all the others have done.
    return piece.file->left.fetch_sub(1) == 1 ? taker.finish() : Result<>{};
  }

  const FrameWork& work_;
  FrameReader frames_;
};

}  // namespace

unsigned fetches_at_a_time(unsigned threads) {
  constexpr unsigned kForEach = 4;
  constexpr unsigned kMost = 16;
  return threads == 1 ? 1 : std::max(threads, std::min(threads * kForEach, kMost));
}

Result<> run_frame_work(const FrameWork& work) {
  FrameTasks tasks(work);
  std::vector<std::unique_ptr<TaskRunner>> idle;  // as many as threads ever were here at once
  std::mutex mutex;
  return take_turns(fetches_at_a_time(work.threads), [&]() -> Result<bool> {
    std::optional<FrameTask> task;
    std::unique_ptr<TaskRunner> runner;
    {
      const std::lock_guard lock(mutex);
      task = TRY(tasks.next());
      if (!task) return false;
      if (idle.empty()) idle.push_back(std::make_unique<TaskRunner>(work));
      runner = std::move(idle.back());
      idle.pop_back();
    }
    if (work.cancel) return fail(ErrorKind::transient, "interrupted");
    TRY(runner->run(*task));
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(runner));
    return true;
  });
}

}  // namespace walden
