// Which timeline a restore follows: PostgreSQL's recovery_target_timeline.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/manifest.h"
#include "common/archive/wal_archive.h"

namespace walden {

class TimelineChooser {
 public:
  // `wanted`: "latest", "current" or a number. ErrorKind::usage for anything else.
  // `archive` and `opening` must outlive it.
  [[nodiscard]] static Result<TimelineChooser> create(WalArchive& archive, const Opening& opening,
                                                      const std::string& wanted);

  // The way of recovery that starts from this backup. "latest" is found as PostgreSQL finds it: by
  // counting up from the backup's timeline until the first history that is not there.
  [[nodiscard]] Result<TimelineHistory> history_for(const BackupSummary& backup);

  // PostgreSQL's recovery_target_timeline for a way that history_for() gave. It is the number that
  // was proven, so that a promotion in between does not change the way; `open_end` is for a copy
  // that goes to the end of the log and follows new timelines, as PostgreSQL's own default does.
  [[nodiscard]] std::string setting_for(const BackupSummary& backup, Timeline chosen,
                                        bool open_end) const;

  // A history above the first gap, which PostgreSQL will not find by itself; 0 when there is none.
  [[nodiscard]] Timeline beyond_gap(const BackupSummary& backup) const;

 private:
  TimelineChooser(WalArchive& archive, const Opening& opening)
      : archive_(archive), opening_(opening) {}
  [[nodiscard]] Timeline timeline_for(const BackupSummary& backup) const;
  [[nodiscard]] bool has_history(Timeline timeline) const;
  [[nodiscard]] std::unexpected<Error> not_there(Timeline timeline) const;

  WalArchive& archive_;
  const Opening& opening_;
  bool latest_ = false;
  Timeline wanted_ = 0;  // 0: latest, or the backup's own
  std::vector<Timeline> with_history_;
  std::map<Timeline, TimelineHistory> read_;
};

}  // namespace walden
