#include "basebackup/wal_proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace walden {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{1000};

// Whether a timeline after the backup's is known. Doubt says nothing.
bool goes_on(WalArchive& archive, Timeline timeline) {
  const auto history =
      archive.has({.kind = WalFileKind::timeline_history, .timeline = timeline + 1});
  return history && *history;
}

std::string remedy_of_standby(WalArchive& archive, Timeline timeline, const WalWait& wait) {
  // A promoted server archives the segment in which the old timeline ended as .partial only.
  if (goes_on(archive, timeline)) {
    return fmt::format(
        "Only the primary of timeline {} could finish this segment, and timeline {} has begun: if "
        "that primary is gone, it never will. Take the backup again.",
        timeline, timeline + 1);
  }
  if (wait.finish_last) {
    return "Only the primary can finish this segment, and archive it: see there why its archiver "
           "fails (select * from pg_stat_archiver); then take the backup again.";
  }
  return "Only the primary can finish this segment: run select pg_switch_wal() there, or give "
         "--primary, and see that it archives; then take the backup again.";
}

std::unexpected<Error> never_came(WalArchive& archive, const WalName& segment,
                                  const WalWait& wait) {
  auto cause = fmt::format("{} did not reach the archive within {} s of the backup's end",
                           segment.to_text(), wait.deadline.count());
  if (wait.from_standby) {
    return fail(ErrorKind::transient, std::move(cause),
                remedy_of_standby(archive, segment.timeline, wait));
  }
  return fail(ErrorKind::transient, std::move(cause),
              "See why the archiver fails: select * from pg_stat_archiver, and the server's log; "
              "then take the backup again.");
}

class Wait {
 public:
  Wait(const WalWait& wait, const std::atomic<bool>& cancel)
      : wait_(wait), cancel_(cancel), end_(Clock::now() + wait.deadline) {}

  Result<> until_present(WalArchive& archive, const WalNeeded& needed, SegmentNumber number) {
    const WalName name = segment_name(needed.timeline, number, needed.segment_size);
    auto pause = kFirstPause;
    for (bool first = true;; first = false) {
      const auto there = archive.has(name);
      if (there && *there) return {};
      // An hour's backup must not be lost to a store that falters for a moment.
      if (!there && there.error().kind != ErrorKind::transient) {
        return std::unexpected(there.error());
      }
      if (cancel_) return fail(ErrorKind::transient, "interrupted");
      if (Clock::now() >= end_) {
        return there ? never_came(archive, name, wait_) : std::unexpected(there.error());
      }
      if (first) begin(needed, number);
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, kLongestPause);
    }
    return {};
  }

 private:
  void begin(const WalNeeded& needed, SegmentNumber number) const {
    const bool last = number == needed.last;
    if (wait_.waiting) wait_.waiting(sentence(needed, number, last && wait_.from_standby));
    if (last && wait_.finish_last) wait_.finish_last();
  }

  static std::string sentence(const WalNeeded& needed, SegmentNumber number, bool of_primary) {
    const auto name = segment_name(needed.timeline, number, needed.segment_size).to_text();
    if (of_primary) return fmt::format("waiting for the primary to finish and archive {}", name);
    return fmt::format("waiting for {} in the archive ({} of {} segments are there)", name,
                       number.value - needed.first.value, needed.count());
  }

  const WalWait& wait_;
  const std::atomic<bool>& cancel_;
  Clock::time_point end_;
};

}  // namespace

WalNeeded wal_needed(Timeline timeline, Lsn start, Lsn stop, std::uint32_t segment_size) {
  return {.timeline = timeline,
          .first = segment_of(start, segment_size),
          .last = segment_before(stop, segment_size),
          .segment_size = segment_size};
}

Result<> prove_wal(WalArchive& archive, const WalNeeded& needed, const WalWait& wait,
                   const std::atomic<bool>& cancel) {
  Wait waiting(wait, cancel);
  for (auto number = needed.first; number <= needed.last; ++number.value) {
    TRY(waiting.until_present(archive, needed, number));
  }
  return {};
}

}  // namespace walden
