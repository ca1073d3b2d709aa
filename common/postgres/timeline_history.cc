#include "common/postgres/timeline_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <ranges>

#include "common/postgres/whole_number.h"

namespace walden {
namespace {

constexpr Lsn kForever{std::numeric_limits<std::uint64_t>::max()};
constexpr std::string_view kBlanks = " \t\r\v\f";

struct Switch {
  Timeline parent = 0;
  Lsn at;
};

std::unexpected<Error> refuse(Timeline timeline, std::string_view why) {
  return fail(ErrorKind::corrupt,
              fmt::format("cannot read the history of timeline {}: {}", timeline, why));
}

bool says_nothing(std::string_view line) {
  const auto first = line.find_first_not_of(kBlanks);
  return first == std::string_view::npos || line[first] == '#';
}

// The tab behind the switch point must be there: a file cut off within the LSN would otherwise
// read as an earlier switch.
Result<Switch> parse_line(Timeline timeline, std::string_view line, int number) {
  const auto unreadable = [&] {
    return refuse(timeline, fmt::format("line {} is no parent, switch point and reason", number));
  };
  const auto first = line.find('\t');
  if (first == std::string_view::npos) return unreadable();
  const auto second = line.find('\t', first + 1);
  if (second == std::string_view::npos) return unreadable();
  const auto parent = whole_number<Timeline>(line.substr(0, first), 10);
  const auto at = Lsn::parse(line.substr(first + 1, second - first - 1));
  if (!parent || *parent == 0 || !at) return unreadable();
  return Switch{*parent, *at};
}

Result<> check_order(Timeline timeline, const TimelineHistory::Part& last, const Switch& next) {
  if (next.parent <= last.timeline) {
    return refuse(timeline, fmt::format("timeline {} stands after {}", next.parent, last.timeline));
  }
  if (next.at < last.end) {
    return refuse(timeline, fmt::format("it leaves timeline {} at {}, before it came to it at {}",
                                        next.parent, next.at.to_text(), last.end.to_text()));
  }
  return {};
}

}  // namespace

TimelineHistory TimelineHistory::without_parents(Timeline timeline) {
  TimelineHistory history;
  history.parts_.push_back({.timeline = timeline, .begin = {}, .end = kForever});
  return history;
}

Result<TimelineHistory> TimelineHistory::parse(Timeline timeline, std::string_view content) {
  TimelineHistory history;
  Part last;  // before the first: timeline 0, ended at 0
  int number = 0;
  for (const auto piece : std::views::split(content, '\n')) {
    const std::string_view line(piece.begin(), piece.end());
    ++number;
    if (says_nothing(line)) continue;
    const Switch next = TRY(parse_line(timeline, line, number));
    TRY(check_order(timeline, last, next));
    last = {.timeline = next.parent, .begin = last.end, .end = next.at};
    history.parts_.push_back(last);
  }
  if (history.parts_.empty()) return refuse(timeline, "it names no parent");
  if (last.timeline >= timeline) {
    return refuse(timeline, fmt::format("its parent is timeline {}", last.timeline));
  }
  history.parts_.push_back({.timeline = timeline, .begin = last.end, .end = kForever});
  return history;
}

bool TimelineHistory::contains(Timeline timeline) const {
  return std::ranges::find(parts_, timeline, &Part::timeline) != parts_.end();
}

bool TimelineHistory::passes_through(Timeline timeline, Lsn position) const {
  return std::ranges::any_of(parts_, [&](const Part& part) {
    return part.timeline == timeline && part.begin <= position && position <= part.end;
  });
}

Timeline TimelineHistory::timeline_of(SegmentNumber number, std::uint32_t segment_size) const {
  const auto begun = [&](const Part& part) {
    return segment_of(part.begin, segment_size) <= number;
  };
  const auto newest_first = std::views::reverse(parts_);
  return std::ranges::find_if(newest_first, begun)->timeline;  // the first begins at 0
}

}  // namespace walden
