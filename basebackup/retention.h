// Which backups and which WAL stay: a pure function of what is in the store, the policy and the
// time. docs/retention.md says the rules in words.
//
// Order is by timeline and position in the log. Clocks choose calendar periods and the recovery
// window and nothing else, and where they contradict each other, more stays, never less: a backup
// whose time lies in the future, or does not fit between its neighbours', stays and counts for
// nothing. Time itself goes no further than the newest thing in the store: when no WAL and no
// backup comes any more, or this host's clock is ahead, nothing grows old.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/bytes/instant.h"
#include "common/postgres/timeline_history.h"
#include "common/program/policy.h"

namespace walden {

// A segment's place in the log, whatever its size: log and segment as its name has them.
struct WalPlace {
  std::uint64_t value = 0;
  auto operator<=>(const WalPlace&) const = default;
  [[nodiscard]] static WalPlace of(const WalName& name) {
    return {(std::uint64_t{name.log} << 32U) | name.segment};
  }
  [[nodiscard]] WalName name_on(Timeline timeline) const;
};

struct KeepMark {
  bool keep = false;             // else released
  std::optional<Instant> until;  // nothing: for ever
  std::string reason;
};

struct BackupFacts {
  std::string id;
  Timeline timeline = 0;
  WalPlace first;                // the segments that make it consistent
  std::optional<WalPlace> last;  // nothing: its end cannot be told here
  Instant started;
  Instant stopped;
  Instant committed;         // when its manifest was stored, by the store's clock
  std::uint64_t stored = 0;  // bytes of everything in its folder
  std::vector<std::string> references;
  bool references_known = true;
  bool complete = false;  // its WAL, from first to last, is in the archive
  bool with_wal = false;  // or in the backup itself
  std::string doubt;      // why it cannot be believed: it stays, and counts for nothing
  bool given_up = false;  // an earlier run has marked it and not come further
  std::optional<KeepMark> keep;
  // By the database host's clock or the store's, whichever is later: where one of them is behind,
  // the backup is taken for younger, and more stays.
  [[nodiscard]] Instant ended() const { return std::max(stopped, committed); }
};

// A folder without a manifest: a backup being taken, one that was interrupted, or what is left of
// one that was given up.
struct RemainsFacts {
  std::string id;
  std::uint64_t stored = 0;
  Timeline timeline = 0;  // 0: its name does not say from where on it needs WAL
  WalPlace first;
  Instant newest;         // when its newest object was stored, by the store's clock
  bool given_up = false;  // it has the mark
  bool had_outline = false;
  std::vector<std::string> references;
  bool references_known = true;
};

// Consecutive segments of one log that were stored in the same second, or hour where there are
// many.
struct WalRun {
  Timeline timeline = 0;
  WalPlace first;
  WalPlace last;
  std::uint64_t stored = 0;  // bytes
  Instant newest;            // by the store's clock
  bool whole = true;         // else only .partial and .backup files of one segment
  [[nodiscard]] std::uint64_t count() const { return last.value - first.value + 1; }
};

struct RetentionFacts {
  std::vector<BackupFacts> backups;  // in any order
  std::vector<RemainsFacts> remains;
  std::vector<WalRun> wal;  // by timeline and place
  // The ways that are known: of the backups' timelines, and where histories can be read here.
  std::map<Timeline, TimelineHistory> histories;
  std::vector<Timeline> timelines;  // every one that the archive has a history of
  std::uint32_t segment_size = 0;   // 0: not known, or not the same for all
};

struct PlannedBackup {
  BackupFacts facts;
  std::vector<std::string> reasons;  // why it stays: rules; none: it goes
  bool believed = true;              // its times; else it counts for no rule
  std::string referred_by;           // it goes, but its packs stay, for this one needs them
  [[nodiscard]] bool goes() const { return reasons.empty(); }
  [[nodiscard]] bool packs_go() const { return goes() && referred_by.empty(); }
};

struct PlannedRemains {
  RemainsFacts facts;
  bool goes = false;
  std::string reason;  // why it stays
};

struct PlannedWal {
  WalRun run;          // a run of the facts, or a part of one: `stored` is then its share
  std::string reason;  // why it stays; empty: it goes
  [[nodiscard]] bool goes() const { return reason.empty(); }
};

// From one time at which something was stored to the next, and nothing in between for so long that
// a clock may have been set wrong.
struct Leap {
  Instant from;
  Instant to;
};

struct RetentionPlan {
  std::vector<PlannedBackup> backups;  // by timeline and place, oldest first
  std::vector<PlannedRemains> remains;
  std::vector<PlannedWal> wal;         // by timeline and place
  Instant as_of;                       // what counted as now
  Instant marks_as_of;                 // for keep marks: no single object's time ends one
  std::optional<Leap> leap;            // more goes than would if time had not leapt
  std::optional<Instant> window_from;  // any moment from here on stays reachable
  std::vector<std::string> remarks;    // what was not deleted because it could not be judged

  [[nodiscard]] bool nothing_goes() const;
  [[nodiscard]] bool nothing_to_do() const;  // and no earlier run has marked what stays
  [[nodiscard]] bool holds(const KeepMark& mark) const {
    return mark.keep && (!mark.until || *mark.until > marks_as_of);
  }
};

// `as_of_at_most`: time stood still then, as it does while a person reads a plan.
[[nodiscard]] RetentionPlan plan_retention(const RetentionFacts& facts,
                                           const RetentionPolicy& policy, Instant now,
                                           std::optional<Instant> as_of_at_most = {});

}  // namespace walden
