#include "common/postgres/timeline_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace walden {
namespace {

constexpr Lsn kEndOfLog{std::numeric_limits<std::uint64_t>::max()};

struct Switch {
  Timeline parent = 0;
  Lsn point;
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  return first == std::string_view::npos ? "" : text.substr(first);
}

// "parent<white space>switchpoint[<white space>reason]"
Result<Switch> parse_line(std::string_view line) {
  Switch found;
  const auto [end, error] =
      std::from_chars(line.data(), line.data() + line.size(), found.parent, 10);
  const auto rest = trimmed(line.substr(static_cast<std::size_t>(end - line.data())));
  const auto point = Lsn::parse(rest.substr(0, rest.find_first_of(" \t\r")));
  if (error != std::errc() || found.parent == 0 || !point) {
    return fail(ErrorKind::corrupt, fmt::format("malformed timeline history line '{}'", line));
  }
  found.point = *point;
  return found;
}

}  // namespace

TimelineHistory TimelineHistory::without_parents(Timeline timeline) {
  TimelineHistory history;
  history.parts_.push_back({.timeline = timeline, .begin = Lsn{0}, .end = kEndOfLog});
  return history;
}

Result<TimelineHistory> TimelineHistory::parse(Timeline timeline, std::string_view content) {
  TimelineHistory history;
  Timeline newest = 0;
  Lsn begin{0};
  while (!content.empty()) {
    const auto newline = std::min(content.find('\n'), content.size());
    const auto line = trimmed(content.substr(0, newline));
    content.remove_prefix(std::min(newline + 1, content.size()));
    if (line.empty() || line.front() == '#') continue;
    const Switch found = TRY(parse_line(line));
    if (found.parent <= newest || found.parent >= timeline || found.point < begin) {
      return fail(
          ErrorKind::corrupt,
          fmt::format("the history of timeline {} does not ascend at '{}'", timeline, line));
    }
    history.parts_.push_back({.timeline = found.parent, .begin = begin, .end = found.point});
    newest = found.parent;
    begin = found.point;
  }
  history.parts_.push_back({.timeline = timeline, .begin = begin, .end = kEndOfLog});
  return history;
}

bool TimelineHistory::contains(Timeline timeline) const {
  return std::ranges::find(parts_, timeline, &Part::timeline) != parts_.end();
}

bool TimelineHistory::passes_through(Timeline timeline, Lsn position) const {
  const auto part = std::ranges::find(parts_, timeline, &Part::timeline);
  return part != parts_.end() && position <= part->end;
}

Timeline TimelineHistory::timeline_of(SegmentNumber number, std::uint32_t segment_size) const {
  Timeline found = parts_.front().timeline;
  for (const auto& part : parts_) {
    if (segment_of(part.begin, segment_size) <= number) found = part.timeline;
  }
  return found;
}

}  // namespace walden
