#include <nlohmann/json.hpp>

#include "basebackup/list_text.h"
#include "common/program/human.h"

namespace walden {
namespace {

using Json = nlohmann::ordered_json;

Json time_or_null(const std::optional<Instant>& time) {
  return time ? Json(iso_time(*time)) : Json();
}

Json hole_json(const WalArchive::Coverage::Hole& hole) {
  return {{"first_segment", hole.first.to_text()},
          {"last_segment", hole.last.to_text()},
          {"segments", hole.count}};
}

Json tablespaces_json(const BackupSummary& backup) {
  Json tablespaces = Json::array();
  for (const auto& tablespace : backup.tablespaces) {
    tablespaces.push_back(
        {{"oid", tablespace.oid}, {"location", tablespace.location}, {"size", tablespace.size}});
  }
  return tablespaces;
}

Json wal_json(const BackupState& state) {
  return {{"on_newest_timeline", state.on_the_way},
          {"consistent", state.consistent},
          {"complete", state.complete},
          {"in_backup", state.in_backup},
          {"first_gap", state.first_gap ? hole_json(*state.first_gap) : Json()}};
}

Json opened_json(const BackupState& state) {
  const CatalogEntry& entry = state.entry;
  if (!entry.summary) {
    const bool sealed = !entry.sealed.empty();
    return {{"id", entry.id},
            {"state", sealed ? "sealed" : "damaged"},
            {"reason", sealed ? entry.sealed : entry.damaged}};
  }
  const BackupSummary& backup = *entry.summary;
  return {{"id", backup.id},
          {"state", "readable"},
          {"kind", backup.kind},
          {"base", backup.base},
          {"references", backup.references},
          {"label", backup.label},
          {"server_version", backup.server_version},
          {"timeline", backup.timeline},
          {"start_lsn", backup.start.to_text()},
          {"stop_lsn", backup.stop.to_text()},
          {"started", iso_time(backup.started)},
          {"stopped", iso_time(backup.stopped)},
          {"from_standby", backup.from_standby},
          {"database_size", backup.database_size},
          {"stored_size", backup.stored_size},
          {"files", backup.file_count},
          {"packs", backup.pack_count},
          {"tablespaces", tablespaces_json(backup)},
          {"checksum_failures", backup.checksum_failures},
          {"warnings", backup.warnings},
          {"wal", wal_json(state)}};
}

Json backup_json(const ListedSystem& system, const BackupState& state) {
  Json json = opened_json(state);
  const auto mark = system.keeps.find(state.entry.id);
  const bool kept = mark != system.keeps.end() && mark->second.keep;
  json["kept"] =
      kept ? Json{{"until", time_or_null(mark->second.until)}, {"reason", mark->second.reason}}
           : Json();
  return json;
}

Json window_json(const RecoveryWindow& window) {
  if (!window.begin) return {};
  Json holes = Json::array();
  for (const auto& hole : window.holes) {
    Json json = hole_json(hole.segments);
    json["from"] = time_or_null(hole.from);
    json["to"] = time_or_null(hole.to);
    holes.push_back(std::move(json));
  }
  return {{"begin", iso_time(*window.begin)}, {"end", iso_time(*window.end)}, {"holes", holes}};
}

Json others_json(const RecoveryWindow& window) {
  Json others = Json::array();
  for (const auto& other : window.others) {
    others.push_back({{"timeline", other.timeline},
                      {"first", iso_time(other.first.time)},
                      {"newest", iso_time(other.newest.time)}});
  }
  return others;
}

}  // namespace

Json list_json(const ListedSystem& system) {
  const RecoveryWindow& window = system.window;
  Json backups = Json::array();
  for (const auto& state : window.backups) backups.push_back(backup_json(system, state));
  Json newest;
  if (window.newest_segment) {
    newest = {{"segment", window.newest_segment->to_text()},
              {"stored", iso_time({window.newest_stored * 1'000'000})}};
  }
  return {{"cluster", system.cluster},
          {"system_identifier", std::to_string(system.system_identifier)},
          {"store", system.store},
          {"timeline", window.timeline},
          {"window", window_json(window)},
          {"other_timelines", others_json(window)},
          {"newest_wal", newest},
          {"backups", backups},
          {"unfinished", window.unfinished}};
}

}  // namespace walden
