#include "basebackup/status_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ranges>
#include <system_error>
#include <tuple>

#include "basebackup/catalog.h"
#include "basebackup/drill_archive.h"
#include "basebackup/outline_window.h"
#include "basebackup/recovery_window.h"
#include "basebackup/retention.h"
#include "basebackup/status_server.h"
#include "basebackup/survey.h"
#include "basebackup/verify_record.h"
#include "basebackup/wal_listing.h"
#include "common/archive/cluster_marker.h"
#include "common/archive/list_until.h"
#include "common/program/human.h"
#include "common/store/directory_store.h"

namespace walden {
namespace {

// "20261121T031702Z-tl1-AF4C": of a backup that cannot be opened, the name tells when it began.
std::optional<Instant> time_in_id(const std::string& id) {
  if (id.size() < 16 || id[8] != 'T' || id[15] != 'Z') return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t length) { return id.substr(at, length); };
  const auto parsed = parse_time(fmt::format("{}-{}-{} {}:{}:{}Z", part(0, 4), part(4, 2),
                                             part(6, 2), part(9, 2), part(11, 2), part(13, 2)));
  return parsed ? std::optional(parsed->time) : std::nullopt;
}

BackupFact fact_of(const BackupState& state) {
  BackupFact fact;
  fact.id = state.entry.id;
  fact.damaged = state.entry.damaged;
  fact.started = time_in_id(fact.id);
  if (!state.entry.summary) return fact;
  const BackupSummary& backup = *state.entry.summary;
  fact.kind = backup.kind;
  fact.started = backup.started;
  fact.stopped = backup.stopped;
  fact.stored_size = backup.stored_size;
  fact.database_size = backup.database_size;
  fact.consistent = state.consistent || state.in_backup;
  fact.only_its_end = state.in_backup && !state.consistent;
  fact.complete = state.complete;
  return fact;
}

std::optional<std::chrono::seconds> in_seconds(std::optional<std::chrono::milliseconds> time) {
  if (!time) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(*time);
}

ProofFact fact_of(const DrillOutline& drill) {
  return {.at = drill.ended,
          .good = drill.passed,
          .subject = drill.backup,
          .rto = in_seconds(drill.rto),
          .rpo = in_seconds(drill.rpo),
          .without = drill.without};
}

WalHoleFact fact_of(const WindowHole& hole) {
  return {hole.segments.first.to_text(), hole.segments.last.to_text(), hole.segments.count,
          hole.from, hole.to};
}

class Gatherer {
 public:
  Gatherer(const StatusSource& source, ClusterStatus& status)
      : source_(source), status_(status), store_(source.store) {}

  Result<> gather() {
    const ClusterMarker marker = TRY(read_marker(store_, source_.cluster));
    if (const auto created = parse_time(marker.created)) status_.created = created->time;
    status_.system_identifier = TRY(choose_system(marker.system_identifier));
    const ObjectNames names(source_.cluster, status_.system_identifier);
    status_.wal = TRY(list_wal(store_, names));
    TRY(look_at_backups(names));
    TRY(look_at_proofs(names));
    if (source_.policy.retention.configured && source_.plans_expiry) TRY(plan_expiry(names));
    look_at_space();
    ask_server();
    return {};
  }

 private:
  // After initdb or pg_upgrade there are several: the one that is archived from is meant.
  Result<std::uint64_t> choose_system(std::uint64_t marker) {
    if (source_.system_id != 0) return source_.system_id;
    const auto systems = TRY(system_identifiers(store_, source_.cluster));
    if (systems.empty()) return marker;
    if (systems.size() == 1) return systems.front();
    std::uint64_t chosen = marker;
    std::optional<Instant> newest;
    for (const std::uint64_t system : systems) {
      const auto wal = TRY(list_wal(store_, ObjectNames(source_.cluster, system)));
      if (!wal || (newest && wal->stored <= *newest)) continue;
      newest = wal->stored;
      chosen = system;
    }
    return chosen;
  }

  Result<> look_at_backups(const ObjectNames& names) {
    RecoveryWindow window =
        TRY(read_recovery_window(store_, names, source_.opening, source_.cancel));
    const auto outlines = TRY(read_outlines(store_, names, window, source_.opening));
    status_.unfinished = window.unfinished;
    status_.window_known = std::ranges::any_of(
        window.backups, [](const BackupState& state) { return state.entry.summary.has_value(); });
    for (const BackupState& state : window.backups) status_.backups.push_back(fact_of(state));
    if (!status_.window_known && !outlines.empty()) {
      status_.window_end_is_least = true;
      window = TRY(window_from_outlines(store_, names, window, outlines)).value();
      status_.window_known = is_whole_way(window);
      for (const BackupState& state : window.backups) take(fact_of(state));
      put_in_order(outlines);
    }
    if (!status_.window_known) return {};
    status_.window_begin = window.begin;
    status_.window_end = window.end;
    for (const WindowHole& hole : window.holes) status_.holes.push_back(fact_of(hole));
    return {};
  }

  // Behind a takeover that no backup's outline knows of, the way cannot be told.
  [[nodiscard]] bool is_whole_way(const RecoveryWindow& window) const {
    if (!status_.wal) return true;
    const auto newest = WalName::parse(status_.wal->newest);
    return newest && newest->timeline == window.timeline;
  }

  void take(BackupFact fact) {
    const auto same = std::ranges::find(status_.backups, fact.id, &BackupFact::id);
    if (same != status_.backups.end()) *same = std::move(fact);
  }

  // Without their summaries they came in the order of their names.
  void put_in_order(const std::map<std::string, BackupOutline>& outlines) {
    std::ranges::stable_sort(status_.backups, [&](const BackupFact& a, const BackupFact& b) {
      const auto first = outlines.find(a.id);
      const auto second = outlines.find(b.id);
      if (first == outlines.end() || second == outlines.end()) return a.id < b.id;
      return std::tie(first->second.timeline, first->second.start) <
             std::tie(second->second.timeline, second->second.start);
    });
  }

  Result<> look_at_proofs(const ObjectNames& names) {
    const auto verify = TRY(read_last_verify(store_, names, source_.opening));
    status_.verify_not_believed = verify.not_believed;
    if (verify.record) {
      status_.verified = ProofFact{
          .at = verify.record->at, .good = verify.record->good, .subject = verify.record->backup};
    }
    const auto drill = TRY(read_last_drill(store_, names, source_.opening));
    status_.drill_not_believed = drill.not_believed;
    if (drill.outline) status_.drilled = fact_of(*drill.outline);
    return {};
  }

  Result<> plan_expiry(const ObjectNames& names) {
    const auto facts = TRY(survey(store_, names, source_.opening));
    const auto plan = plan_retention(facts, source_.policy.retention, status_.now);
    ExpireFact expire;
    for (const PlannedBackup& backup : plan.backups) {
      if (!backup.goes()) continue;
      ++expire.backups;
      if (backup.packs_go()) expire.bytes += backup.facts.stored;
    }
    for (const PlannedRemains& remains : plan.remains) {
      if (remains.goes) expire.bytes += remains.facts.stored;
    }
    for (const PlannedWal& wal : plan.wal) {
      if (wal.goes()) expire.bytes += wal.run.stored;
    }
    status_.expire = expire;
    return {};
  }

  void look_at_space() {
    const auto* directory = dynamic_cast<const DirectoryStore*>(&store_);
    if (directory == nullptr) return;
    std::error_code error;
    const auto space = std::filesystem::space(directory->root(), error);
    if (error) return;
    status_.space = SpaceFact{directory->root().string(), space.available, space.capacity};
  }

  void ask_server() {
    if (!source_.connection) return;
    auto server = ask_archiving(*source_.connection, status_.system_identifier,
                                status_.wal ? status_.wal->newest : "");
    if (server) {
      status_.server = std::move(*server);
    } else {
      status_.server_error = server.error();
    }
  }

  const StatusSource& source_;
  ClusterStatus& status_;
  Store& store_;
};

}  // namespace

ClusterStatus gather_status(const StatusSource& source, Instant now) {
  ClusterStatus status;
  status.cluster = source.cluster;
  status.store = source.store.describe();
  status.now = now;
  if (auto gathered = Gatherer(source, status).gather(); !gathered) {
    status.store_error = gathered.error();
  }
  return status;
}

Result<std::vector<std::string>> clusters_in(Store& store) {
  std::vector<std::string> clusters;
  std::string after;
  for (bool more = true; more;) {
    more = false;
    std::string folder;
    TRY(list_until(store, {"", after}, [&](const ObjectEntry& entry) -> Result<bool> {
      const auto slash = entry.name.find('/');
      if (slash == std::string::npos) return true;
      folder = entry.name.substr(0, slash);
      return false;
    }));
    if (folder.empty()) break;
    more = true;
    after = folder + "0";  // behind everything in this folder: '0' follows '/'
    const auto marker = store.stat(marker_name(folder));
    if (marker) {
      clusters.push_back(folder);
    } else if (marker.error().kind != ErrorKind::absent) {
      return std::unexpected(marker.error());
    }
  }
  return clusters;
}

}  // namespace walden
