#include "basebackup/wal_survey.h"

#include <algorithm>
#include <tuple>

namespace walden {
namespace {

constexpr std::int64_t kHour = 3600;
constexpr std::size_t kMostRuns = 200'000;
constexpr std::int64_t kMicroseconds = 1'000'000;

class RunCollector {
 public:
  explicit RunCollector(WalSurvey& survey) : survey_(survey) {}

  void add(const WalName& name, const ObjectEntry& entry) {
    if (name.kind == WalFileKind::timeline_history) {
      survey_.histories.push_back(name.timeline);
      return;
    }
    survey_.long_segments = survey_.long_segments || name.segment > 0xFF;
    const WalPlace place = WalPlace::of(name);
    const bool whole = name.kind == WalFileKind::segment;
    if (belongs_to_last(name.timeline, place, whole, entry.modified)) {
      WalRun& run = survey_.runs.back();
      run.last = place;
      run.stored += entry.size;
      run.newest = std::max(run.newest, Instant{entry.modified * kMicroseconds});
    } else {
      survey_.runs.push_back(
          {name.timeline, place, place, entry.size, {entry.modified * kMicroseconds}, whole});
      if (survey_.runs.size() > kMostRuns && grain_ == 1) coarsen();
    }
  }

 private:
  // Where there are too many, it is enough to know the hour.
  void coarsen() {
    grain_ = kHour;
    std::vector<WalRun> coarse;
    for (const WalRun& run : survey_.runs) {
      if (!coarse.empty() && run.whole &&
          continues(coarse.back(), run.timeline, run.first,
                    run.newest.microseconds / kMicroseconds)) {
        coarse.back().last = run.last;
        coarse.back().stored += run.stored;
        coarse.back().newest = std::max(coarse.back().newest, run.newest);
      } else {
        coarse.push_back(run);
      }
    }
    survey_.runs = std::move(coarse);
  }

  [[nodiscard]] bool continues(const WalRun& run, Timeline timeline, WalPlace place,
                               std::int64_t modified) const {
    const std::int64_t newest = run.newest.microseconds / kMicroseconds;
    return run.whole && run.timeline == timeline && place.value == run.last.value + 1 &&
           modified / grain_ == newest / grain_;
  }

  // What lies beside a segment (.backup, .partial) follows it in the listing.
  [[nodiscard]] bool belongs_to_last(Timeline timeline, WalPlace place, bool whole,
                                     std::int64_t modified) const {
    if (survey_.runs.empty()) return false;
    const WalRun& run = survey_.runs.back();
    if (run.timeline != timeline) return false;
    if (run.last == place) return !whole || run.whole;
    return whole && continues(run, timeline, place, modified);
  }

  WalSurvey& survey_;
  std::int64_t grain_ = 1;  // seconds: what was stored in the same so many is one run
};

}  // namespace

Result<WalSurvey> survey_wal(Store& store, const ObjectNames& names) {
  WalSurvey survey;
  RunCollector collector(survey);
  TRY(store.list({names.wal_prefix(), {}}, [&](const ObjectEntry& entry) -> Result<> {
    const auto name =
        WalName::parse(std::string_view(entry.name).substr(entry.name.rfind('/') + 1));
    if (name && names.wal(*name) == entry.name) collector.add(*name, entry);
    return {};
  }));
  std::ranges::sort(survey.histories);
  std::ranges::sort(survey.runs, {},
                    [](const WalRun& run) { return std::tuple(run.timeline, run.first); });
  return survey;
}

bool covers(const std::vector<WalRun>& runs, Timeline timeline, SegmentNumber first,
            SegmentNumber last, std::uint32_t segment_size) {
  auto run = runs.begin();
  for (SegmentNumber number = first; number <= last; ++number.value) {
    const auto place = WalPlace::of(segment_name(timeline, number, segment_size));
    run = std::find_if(run, runs.end(), [&](const WalRun& candidate) {
      return candidate.whole && candidate.timeline == timeline && candidate.last >= place;
    });
    if (run == runs.end() || run->first > place) return false;
  }
  return true;
}

}  // namespace walden
