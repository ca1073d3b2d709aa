#include "basebackup/recovery_window.h"

#include <algorithm>
#include <ranges>

namespace walden {
namespace {

// A quiet server archives segments without a transaction in them; a listing must not read them all.
constexpr std::uint64_t kMostForATime = 32;

class WindowReader {
 public:
  WindowReader(Store& store, const ObjectNames& names, const Opening& opening,
               const std::atomic<bool>& cancel)
      : store_(store), names_(names), opening_(opening), cancel_(cancel), wal_(store, names) {}

  Result<RecoveryWindow> read() {
    const Catalog catalog = TRY(read_catalog(store_, names_, opening_));
    window_.unfinished = catalog.unfinished.size();
    auto timelines = TRY(TimelineChooser::create(wal_, opening_, "latest"));
    TRY(choose_history(catalog, timelines));
    for (const auto& entry : catalog.backups) {
      window_.backups.push_back(TRY(state_of(entry)));
    }
    if (history_) TRY(span());
    if (history_) TRY(look_beside());
    return std::move(window_);
  }

  Result<RecoveryWindow> follow(const Catalog& catalog, const TimelineHistory& way,
                                std::uint32_t segment_size) {
    history_ = way;
    segment_size_ = segment_size;
    window_.timeline = way.timeline();
    window_.unfinished = catalog.unfinished.size();
    for (const auto& entry : catalog.backups) {
      window_.backups.push_back(TRY(state_of(entry)));
    }
    TRY(span());
    return std::move(window_);
  }

 private:
  // The way to the newest timeline, from the newest backup that can be opened.
  Result<> choose_history(const Catalog& catalog, TimelineChooser& timelines) {
    for (const auto& entry : std::views::reverse(catalog.backups)) {
      if (!entry.summary) continue;
      history_ = TRY(timelines.history_for(*entry.summary));
      window_.timeline = history_->timeline();
      segment_size_ = entry.summary->segment_size;
      return {};
    }
    return {};
  }

  Result<BackupState> state_of(const CatalogEntry& entry) {
    BackupState state{.entry = entry, .first_gap = {}, .gap_after = {}};
    if (!entry.summary) return state;
    const BackupSummary& backup = *entry.summary;
    state.in_backup = backup.with_wal;
    state.on_the_way = history_->passes_through(backup.timeline, backup.stop);
    const TimelineHistory own = TimelineHistory::without_parents(backup.timeline);
    const auto first = own_segments(backup).first;
    const auto coverage =
        TRY(wal_.coverage(state.on_the_way ? *history_ : own, first, backup.segment_size));
    if (!coverage.holes.empty()) state.first_gap = coverage.holes.front();
    const auto last = TRY(last_unbroken(coverage, first, backup.segment_size));
    state.consistent = last && *last >= own_segments(backup).last;
    state.complete = state.consistent && coverage.holes.empty();
    return state;
  }

  Result<> look_beside() {
    std::vector<BackupSummary> readable;
    for (const auto& state : window_.backups) {
      if (state.entry.summary) readable.push_back(*state.entry.summary);
    }
    window_.others = TRY(other_timelines(wal_, opening_, readable, *history_, cancel_));
    return {};
  }

  // The last segment before the first hole; nothing when the first one is missing.
  static Result<std::optional<SegmentNumber>> last_unbroken(const WalArchive::Coverage& coverage,
                                                            SegmentNumber first,
                                                            std::uint32_t segment_size) {
    if (!coverage.newest) return std::nullopt;
    auto last = TRY(segment_number(*coverage.newest, segment_size));
    if (!coverage.holes.empty()) {
      const auto hole = TRY(segment_number(coverage.holes.front().first, segment_size));
      if (hole <= first) return std::nullopt;
      last.value = hole.value - 1;
    }
    return last;
  }

  [[nodiscard]] bool usable(const BackupState& state) const {
    return state.on_the_way && state.consistent;
  }

  // From the oldest backup that can be restored to the newest transaction, holes in between.
  Result<> span() {
    const auto oldest =
        std::ranges::find_if(window_.backups, [this](const auto& state) { return usable(state); });
    const auto start = oldest == window_.backups.end() ? first_of_any() : oldest_start(*oldest);
    const auto coverage = TRY(wal_.coverage(*history_, start, segment_size_));
    window_.newest_segment = coverage.newest;
    window_.newest_stored = coverage.newest_modified;
    if (oldest == window_.backups.end()) return {};
    window_.begin = oldest->entry.summary->stopped;
    for (const auto& hole : coverage.holes) TRY(add_hole(hole, start));
    return find_end(coverage);
  }

  [[nodiscard]] SegmentNumber oldest_start(const BackupState& state) const {
    return own_segments(*state.entry.summary).first;
  }
  [[nodiscard]] SegmentNumber first_of_any() const {
    for (const auto& state : window_.backups) {
      if (state.entry.summary && state.on_the_way) return oldest_start(state);
    }
    return SegmentNumber{0};
  }

  // The time of the last transaction in the segments from `first` to `last`; nothing where it takes
  // too much reading, or where a damaged segment cannot tell.
  Result<std::optional<Instant>> time_in(SegmentNumber first, SegmentNumber last) {
    WalEvents events(wal_, *history_, opening_, segment_size_, cancel_);
    const auto found = events.last_transaction({first, last}, kMostForATime);
    if (found) return *found ? std::optional((*found)->time) : std::nullopt;
    const bool damaged = found.error().kind == ErrorKind::corrupt;
    const bool sealed = found.error().kind == ErrorKind::configuration;
    if (damaged || sealed) return std::nullopt;
    return std::unexpected(found.error());
  }

  Result<> add_hole(const WalArchive::Coverage::Hole& segments, SegmentNumber start) {
    const auto first = TRY(segment_number(segments.first, segment_size_));
    const auto last = TRY(segment_number(segments.last, segment_size_));
    WindowHole hole{segments, {}, {}};
    const auto known_from = end_of_known(first, start);
    if (known_from < first) {
      hole.from = TRY(time_in(known_from, SegmentNumber{first.value - 1}));
    }
    const auto after = std::ranges::find_if(window_.backups, [&](const auto& state) {
      return usable(state) && own_segments(*state.entry.summary).first > last;
    });
    if (after != window_.backups.end()) hole.to = after->entry.summary->stopped;
    if (!hole.from) hole.from = last_stop_before(first);
    for (auto& state : window_.backups) {
      if (state.first_gap && state.first_gap->first == segments.first) state.gap_after = hole.from;
    }
    window_.holes.push_back(hole);
    return {};
  }

  // Behind the hole before this one.
  [[nodiscard]] SegmentNumber end_of_known(SegmentNumber hole, SegmentNumber start) const {
    if (window_.holes.empty()) return start;
    const auto last = segment_number(window_.holes.back().segments.last, segment_size_);
    return last ? std::min(SegmentNumber{last->value + 1}, hole) : start;
  }

  [[nodiscard]] std::optional<Instant> last_stop_before(SegmentNumber segment) const {
    std::optional<Instant> stop;
    for (const auto& state : window_.backups) {
      if (usable(state) && own_segments(*state.entry.summary).last < segment) {
        stop = state.entry.summary->stopped;
      }
    }
    return stop;
  }

  // What lies behind the last hole counts only if a backup begins there.
  Result<> find_end(const WalArchive::Coverage& coverage) {
    const auto newest = std::ranges::find_if(std::views::reverse(window_.backups),
                                             [this](const auto& state) { return usable(state); });
    const BackupSummary& backup = *newest->entry.summary;
    window_.end = backup.stopped;
    auto last = TRY(segment_number(*coverage.newest, segment_size_));
    if (newest->first_gap) {
      last.value = TRY(segment_number(newest->first_gap->first, segment_size_)).value - 1;
    }
    const auto time = TRY(time_in(own_segments(backup).first, last));
    if (!time) return {};
    window_.end_is_transaction = *time > backup.stopped;
    window_.end = std::max(*window_.end, *time);
    return {};
  }

  Store& store_;
  const ObjectNames& names_;
  const Opening& opening_;
  const std::atomic<bool>& cancel_;
  WalArchive wal_;
  RecoveryWindow window_;
  std::optional<TimelineHistory> history_;
  std::uint32_t segment_size_ = 0;
};

}  // namespace

Result<RecoveryWindow> read_recovery_window(Store& store, const ObjectNames& names,
                                            const Opening& opening,
                                            const std::atomic<bool>& cancel) {
  return WindowReader(store, names, opening, cancel).read();
}

Result<RecoveryWindow> follow_known_way(Store& store, const ObjectNames& names,
                                        const Catalog& catalog, const TimelineHistory& way,
                                        std::uint32_t segment_size) {
  const Opening nothing_opens;
  const std::atomic<bool> never = false;
  return WindowReader(store, names, nothing_opens, never).follow(catalog, way, segment_size);
}

}  // namespace walden
