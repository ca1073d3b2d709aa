#include "basebackup/status_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "basebackup/catalog.h"
#include "basebackup/recovery_window.h"
#include "basebackup/status_server.h"
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
  fact.consistent = state.consistent;
  fact.complete = state.complete;
  return fact;
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
    const RecoveryWindow window =
        TRY(read_recovery_window(store_, names, source_.opening, source_.cancel));
    status_.unfinished = window.unfinished;
    for (const BackupState& state : window.backups) status_.backups.push_back(fact_of(state));
    status_.window_known = std::ranges::any_of(
        window.backups, [](const BackupState& state) { return state.entry.summary.has_value(); });
    status_.window_begin = window.begin;
    status_.window_end = window.end;
    for (const WindowHole& hole : window.holes) status_.holes.push_back(fact_of(hole));
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
