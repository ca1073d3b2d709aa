#include <nlohmann/json.hpp>

#include "basebackup/shown_backup.h"
#include "common/program/human.h"

namespace walden {
namespace {

using Json = nlohmann::ordered_json;

Json tablespaces_json(const BackupSummary& backup) {
  Json tablespaces = Json::array();
  for (const auto& tablespace : backup.tablespaces) {
    tablespaces.push_back(
        {{"oid", tablespace.oid}, {"location", tablespace.location}, {"size", tablespace.size}});
  }
  return tablespaces;
}

Json wal_json(const ShownBackup& backup) {
  const WalNeeded& wal = backup.wal;
  return {{"first_segment", segment_name(wal.timeline, wal.first, wal.segment_size).to_text()},
          {"last_segment", segment_name(wal.timeline, wal.last, wal.segment_size).to_text()},
          {"segments", wal.count()},
          {"in_archive", backup.wal_present},
          {"in_backup", backup.summary.with_wal}};
}

// As it is stored, without the version of how it is stored.
Json server_json(const ShownBackup& backup) {
  if (!backup.server) return {{"not_recorded", backup.server_unknown}};
  Json json = Json::parse(to_json(*backup.server));
  json.erase("walden_server");
  return json;
}

}  // namespace

Json show_json(const ShownBackup& shown) {
  const BackupSummary& backup = shown.summary;
  return {{"id", backup.id},
          {"cluster", backup.cluster},
          {"system_identifier", std::to_string(backup.system_identifier)},
          {"store", shown.store},
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
          {"wal", wal_json(shown)},
          {"server", server_json(shown)}};
}

}  // namespace walden
