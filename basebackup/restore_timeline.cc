#include "basebackup/restore_timeline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace walden {

Result<TimelineChooser> TimelineChooser::create(WalArchive& archive, const Opening& opening,
                                                const std::string& wanted) {
  TimelineChooser chooser(archive, opening);
  chooser.latest_ = wanted == "latest";
  if (!chooser.latest_ && wanted != "current") {
    const char* last = wanted.data() + wanted.size();
    const auto [end, error] = std::from_chars(wanted.data(), last, chooser.wanted_);
    if (error != std::errc() || end != last || chooser.wanted_ == 0) {
      return fail(ErrorKind::usage, fmt::format("\"{}\" is not a timeline", wanted),
                  "--target-timeline takes latest, current, or a timeline's number.");
    }
  }
  chooser.with_history_ = TRY(archive.timelines_with_history());
  return chooser;
}

bool TimelineChooser::has_history(Timeline timeline) const {
  return std::ranges::binary_search(with_history_, timeline);
}

Timeline TimelineChooser::timeline_for(const BackupSummary& backup) const {
  if (wanted_ != 0) return wanted_;
  Timeline timeline = backup.timeline;
  while (latest_ && has_history(timeline + 1)) ++timeline;
  return timeline;
}

Timeline TimelineChooser::beyond_gap(const BackupSummary& backup) const {
  if (!latest_ || with_history_.empty()) return 0;
  return with_history_.back() > timeline_for(backup) ? with_history_.back() : 0;
}

Result<TimelineHistory> TimelineChooser::history_for(const BackupSummary& backup) {
  const Timeline timeline = timeline_for(backup);
  if (const auto known = read_.find(timeline); known != read_.end()) return known->second;
  // A cluster's first timeline need not be 1 (pg_resetwal): then it has no history either.
  const bool own = timeline == backup.timeline;
  if (!has_history(timeline) && timeline != 1) {
    if (!own) return not_there(timeline);
    return TimelineHistory::without_parents(timeline);
  }
  auto history = TRY(archive_.history(timeline, opening_));
  read_.emplace(timeline, history);
  return history;
}

std::string TimelineChooser::setting_for(const BackupSummary& backup, Timeline chosen,
                                         bool open_end) const {
  if (open_end && latest_) return "latest";
  // Given by number, a timeline without a history "does not exist", and the server would not start.
  if (chosen == backup.timeline && chosen != 1 && !has_history(chosen)) return "current";
  return std::to_string(chosen);
}

std::unexpected<Error> TimelineChooser::not_there(Timeline timeline) const {
  return fail(
      ErrorKind::absent,
      fmt::format("timeline {0} is not in the archive: {0:08X}.history is missing", timeline),
      with_history_.empty()
          ? "The archive has no timeline but the first: leave out --target-timeline."
          : fmt::format("Beside the first there {} {}.",
                        with_history_.size() == 1 ? "is timeline" : "are timelines",
                        fmt::join(with_history_, ", ")));
}

}  // namespace walden
