#include "basebackup/wal_proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace walden {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{1000};

std::unexpected<Error> never_came(const std::string& segment, const WalWait& wait) {
  auto cause = fmt::format("{} did not reach the archive within {} s of the backup's end", segment,
                           wait.deadline.count());
  if (wait.from_standby) {
    return fail(
        ErrorKind::transient, std::move(cause),
        "Only the primary can finish this segment: run select pg_switch_wal() there, and see "
        "that it archives; then take the backup again.");
  }
  return fail(ErrorKind::transient, std::move(cause),
              "See why the archiver fails: select * from pg_stat_archiver, and the server's log; "
              "then take the backup again.");
}

class Wait {
 public:
  Wait(const WalWait& wait, const std::atomic<bool>& cancel)
      : wait_(wait), cancel_(cancel), end_(Clock::now() + wait.deadline) {}

  Result<> until_present(WalArchive& archive, const WalName& name, const std::string& sentence) {
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
        return there ? never_came(name.to_text(), wait_) : std::unexpected(there.error());
      }
      if (first && wait_.waiting) wait_.waiting(sentence);
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, kLongestPause);
    }
    return {};
  }

 private:
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
    const WalName name = segment_name(needed.timeline, number, needed.segment_size);
    const auto sentence =
        fmt::format("waiting for {} in the archive ({} of {} segments are there)", name.to_text(),
                    number.value - needed.first.value, needed.count());
    TRY(waiting.until_present(archive, name, sentence));
  }
  return {};
}

}  // namespace walden
