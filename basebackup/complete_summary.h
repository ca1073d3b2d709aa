// What a backup is, once all of it has arrived.
#pragma once

#include "basebackup/recorded_backup.h"
#include "basebackup/server_facts.h"

namespace walden {

// Fills in the rest of a summary that has its names (id, base, label, cluster) and its beginning;
// it ends now.
void complete_summary(BackupSummary& summary, const ServerFacts& server,
                      const RecordedBackup& recorded, const BackupEnd& end);

}  // namespace walden
