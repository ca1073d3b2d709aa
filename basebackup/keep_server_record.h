// Puts beside a backup what its server held.
#pragma once

#include <atomic>
#include <string>

#include "basebackup/context.h"
#include "basebackup/manifest.h"

namespace walden {

// Asks the server for at most a minute and stores the answer in the backup's folder, before the
// manifest. A backup is worth more than its description: what cannot be asked or stored is said in
// one line, and is no error.
void keep_server_record(Context& context, const std::string& conninfo, const BackupSummary& backup,
                        const Sealing& sealing, const std::atomic<bool>& cancel);

}  // namespace walden
