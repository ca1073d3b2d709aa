#include "basebackup/wal_events.h"

#include <algorithm>

namespace walden {

bool stops_recovery(Instant ended, Instant time, bool exclusive) {
  return exclusive ? ended >= time : ended > time;
}

WalEvents::WalEvents(WalArchive& archive, const TimelineHistory& history, const Opening& opening,
                     std::uint32_t segment_size, const std::atomic<bool>& cancel,
                     std::function<void(const WalName&)> reading)
    : archive_(archive),
      history_(history),
      opening_(opening),
      segment_size_(segment_size),
      cancel_(cancel),
      reading_(std::move(reading)) {}

Result<> WalEvents::read_segment(SegmentNumber number, ByteSink& sink) {
  if (cancel_) return fail(ErrorKind::transient, "interrupted while reading the archived WAL");
  const WalName name =
      segment_name(history_.timeline_of(number, segment_size_), number, segment_size_);
  if (reading_) reading_(name);
  TRY(archive_.fetch(name, opening_, sink));
  return {};
}

Result<Lsn> WalEvents::visit(SegmentRange range, const Visitor& visit) {
  bool enough = false;
  WalRecordScanner scanner(start_of(range.first, segment_size_), segment_size_,
                           [&](const WalEvent& event) -> Result<> {
                             enough = !visit(event);
                             if (!enough) return {};
                             return fail(ErrorKind::usage, "ended by the visitor");
                           });
  for (auto number = range.first; number <= range.last && !scanner.ended(); ++number.value) {
    auto read = read_segment(number, scanner);
    if (enough) break;
    if (!read) return std::unexpected(std::move(read).error());
  }
  return scanner.valid_until();
}

Result<std::optional<TransactionEnd>> WalEvents::first_transaction(SegmentRange range) {
  std::optional<TransactionEnd> found;
  TRY(visit(range, [&](const WalEvent& event) {
    if (const auto* end = std::get_if<TransactionEnd>(&event)) found = *end;
    return !found;
  }));
  return found;
}

// Windows that double from the newest segment back: a record that began in the segment before is
// only seen when both are read, one after the other.
Result<std::optional<TransactionEnd>> WalEvents::last_transaction(SegmentRange range,
                                                                  std::uint64_t most) {
  most = std::min(most, range.count());
  std::optional<TransactionEnd> last;
  for (std::uint64_t width = std::min<std::uint64_t>(1, most); width > 0 && !last;) {
    const SegmentNumber first{range.last.value - (width - 1)};
    TRY(visit({first, range.last}, [&](const WalEvent& event) {
      const auto* end = std::get_if<TransactionEnd>(&event);
      if (end != nullptr && (!last || end->time >= last->time)) last = *end;
      return true;
    }));
    width = width == most ? 0 : std::min(width * 2, most);
  }
  return last;
}

// Invariant: the first transaction at or after `low` does not stop recovery, or `low` is where the
// range begins; the first at or after `high` does, or there is none there.
Result<std::optional<TransactionEnd>> WalEvents::stop_for_time(SegmentRange range, Instant time,
                                                               bool exclusive) {
  std::uint64_t low = range.first.value;
  std::uint64_t high = range.last.value + 1;
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto first = TRY(first_transaction({SegmentNumber{middle}, SegmentNumber{high - 1}}));
    if (!first || stops_recovery(first->time, time, exclusive)) {
      high = middle;
    } else {
      low = std::clamp(segment_of(first->lsn, segment_size_).value, middle, high - 1);
    }
  }
  std::optional<TransactionEnd> stop;
  TRY(visit({SegmentNumber{low}, range.last}, [&](const WalEvent& event) {
    const auto* end = std::get_if<TransactionEnd>(&event);
    if (end != nullptr && stops_recovery(end->time, time, exclusive)) stop = *end;
    return !stop;
  }));
  return stop;
}

}  // namespace walden
