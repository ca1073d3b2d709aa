#include <algorithm>

#include "common/archive/list_until.h"
#include "common/archive/wal_archive.h"

namespace walden {
namespace {

constexpr std::uint64_t kEndOfLog = ~std::uint64_t{0};

// The segments that recovery wants from one timeline: from `first` to before `end`.
struct Stretch {
  Timeline timeline = 0;
  std::uint64_t first = 0;
  std::uint64_t end = kEndOfLog;
};

// The segment in which a timeline begins is wanted from it, not from its parent.
std::vector<Stretch> stretches_of(const TimelineHistory& history, SegmentNumber first,
                                  std::uint32_t segment_size) {
  std::vector<Stretch> stretches;
  const auto& parts = history.parts();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Stretch stretch{parts[i].timeline, segment_of(parts[i].begin, segment_size).value, kEndOfLog};
    stretch.first = std::max(stretch.first, first.value);
    if (i + 1 < parts.size()) stretch.end = segment_of(parts[i + 1].begin, segment_size).value;
    if (stretch.first < stretch.end) stretches.push_back(stretch);
  }
  return stretches;
}

// Takes the present segments in ascending order and keeps what is missing between them.
class Counter {
 public:
  Counter(const TimelineHistory& history, SegmentNumber first, std::uint32_t segment_size)
      : history_(history), segment_size_(segment_size), expected_(first.value) {}

  void add(std::uint64_t number, const ObjectEntry& entry) {
    if (number > expected_) {
      coverage_.holes.push_back({name_of(expected_), name_of(number - 1), number - expected_});
    }
    expected_ = number + 1;
    ++coverage_.present;
    coverage_.newest = name_of(number);
    coverage_.newest_modified = entry.modified;
  }
  [[nodiscard]] WalArchive::Coverage take() { return std::move(coverage_); }

 private:
  [[nodiscard]] WalName name_of(std::uint64_t number) const {
    const SegmentNumber segment{number};
    return segment_name(history_.timeline_of(segment, segment_size_), segment, segment_size_);
  }

  const TimelineHistory& history_;
  std::uint32_t segment_size_;
  std::uint64_t expected_;
  WalArchive::Coverage coverage_;
};

}  // namespace

Result<WalArchive::Coverage> WalArchive::coverage(const TimelineHistory& history,
                                                  SegmentNumber first, std::uint32_t segment_size) {
  Counter counter(history, first, segment_size);
  for (const Stretch& stretch : stretches_of(history, first, segment_size)) {
    const auto object_of = [&](std::uint64_t number) {
      return names_.wal(segment_name(stretch.timeline, SegmentNumber{number}, segment_size));
    };
    ListRequest request{names_.wal_prefix(stretch.timeline), {}};
    if (stretch.first > 0) request.start_after = object_of(stretch.first - 1);
    TRY(list_until(store_, request, [&](const ObjectEntry& entry) -> Result<bool> {
      const auto name = WalName::parse(entry.name.substr(entry.name.rfind('/') + 1));
      if (!name || name->kind != WalFileKind::segment) return true;
      // Of another segment size (pg_resetwal): nothing that recovery would ask for here.
      const auto number = segment_number(*name, segment_size);
      if (!number || number->value < stretch.first) return true;
      if (number->value >= stretch.end) return false;
      if (entry.name == object_of(number->value)) counter.add(number->value, entry);
      return true;
    }));
  }
  return counter.take();
}

}  // namespace walden
