// When transactions ended and where restore points are, read out of archived WAL.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "common/archive/wal_archive.h"
#include "common/postgres/wal_records.h"

namespace walden {

// A stretch of segments, first and last included.
struct SegmentRange {
  SegmentNumber first;
  SegmentNumber last;

  [[nodiscard]] std::uint64_t count() const {
    return last < first ? 0 : last.value - first.value + 1;
  }
};

class WalEvents {
 public:
  // All references must outlive it. `reading` is told each segment that is fetched.
  WalEvents(WalArchive& archive, const TimelineHistory& history, const Opening& opening,
            std::uint32_t segment_size, const std::atomic<bool>& cancel,
            std::function<void(const WalName&)> reading = {});

  // Calls `visit` for each event in the range, in the order of the log, until it returns false.
  // Returns the end of the last whole record that was seen.
  using Visitor = std::function<bool(const WalEvent&)>;
  [[nodiscard]] Result<Lsn> visit(SegmentRange range, const Visitor& visit);

  // The transaction end with the latest time among the newest segments that hold any: at most
  // `most` segments are looked at.
  [[nodiscard]] Result<std::optional<TransactionEnd>> last_transaction(SegmentRange range,
                                                                       std::uint64_t most);

  // The transaction end at which PostgreSQL would stop for a target time: the first later than
  // `time`, or not earlier than it when `exclusive`. By bisection, so that few segments are
  // fetched: where clocks stepped back, PostgreSQL may stop before it, never after it.
  [[nodiscard]] Result<std::optional<TransactionEnd>> stop_for_time(SegmentRange range,
                                                                    Instant time, bool exclusive);

 private:
  [[nodiscard]] Result<std::optional<TransactionEnd>> first_transaction(SegmentRange range);
  [[nodiscard]] Result<> read_segment(SegmentNumber number, ByteSink& sink);

  WalArchive& archive_;
  const TimelineHistory& history_;
  const Opening& opening_;
  std::uint32_t segment_size_;
  const std::atomic<bool>& cancel_;
  std::function<void(const WalName&)> reading_;
};

// Does recovery to `time` stop at a transaction that ended at `ended`?
[[nodiscard]] bool stops_recovery(Instant ended, Instant time, bool exclusive);

}  // namespace walden
