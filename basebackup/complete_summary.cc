#include "basebackup/complete_summary.h"

#include "basebackup/server_sentences.h"
#include "common/program/human.h"

namespace walden {

void complete_summary(BackupSummary& summary, const ServerFacts& server,
                      const RecordedBackup& recorded, const BackupEnd& end) {
  summary.system_identifier = server.system_identifier;
  summary.server_version = server.version;
  summary.segment_size = server.segment_size;
  summary.timeline = recorded.start.timeline;
  summary.start = recorded.start.lsn;
  summary.stop = end.lsn;
  summary.stopped = now();
  summary.from_standby = server.is_standby;
  summary.data_directory_mode = server.data_directory_mode;
  summary.database_size = recorded.database_size;
  for (const auto& pack : recorded.packs) summary.stored_size += pack.stored_size;
  summary.file_count = recorded.file_count;
  summary.pack_count = static_cast<std::uint32_t>(recorded.packs.size());
  summary.references = recorded.references;
  summary.kind = summary.references.empty() ? "full" : "incremental";
  summary.with_wal = recorded.with_wal;
  for (const auto& tablespace : recorded.start.tablespaces) {
    if (tablespace.oid == 0) continue;
    summary.tablespaces.push_back(
        {.oid = tablespace.oid, .location = tablespace.location, .size = tablespace.size});
  }
  summary.checksum_failures = bounded_sentences(end.checksum_failures);
  summary.warnings = bounded_sentences(end.warnings);
}

}  // namespace walden
