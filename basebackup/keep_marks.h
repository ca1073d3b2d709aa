// What people have said of single backups: that one is to be kept, until when, why; or no longer.
// <…>/keep/<id>/<UTC time>-<random>, written once and never changed: the last one counts.
#pragma once

#include <map>
#include <string>

#include "basebackup/retention.h"
#include "basebackup/small_object.h"

namespace walden {

// By id, the last mark of each. One that is damaged, or signed by nobody that is trusted, counts as
// "kept": nothing is deleted because of what cannot be believed.
[[nodiscard]] Result<std::map<std::string, KeepMark>> read_keep_marks(Store& store,
                                                                      const ObjectNames& names,
                                                                      const Opening& opening);

// The last one of a single backup.
[[nodiscard]] Result<std::optional<KeepMark>> read_keep_mark(Store& store, const ObjectNames& names,
                                                             const std::string& backup_id,
                                                             const Opening& opening);

// "kept", "kept until 2027-01-01": its last day. With the reason.
[[nodiscard]] std::string keep_text(const KeepMark& mark);

// Dated after every mark that the backup has, whatever this host's clock says.
[[nodiscard]] Result<> write_keep_mark(Store& store, const ObjectNames& names,
                                       const std::string& backup_id, const KeepMark& mark,
                                       Instant now, const Sealing& sealing);

// Writes a mark that keeps, then looks whether `expire` came first. Expire marks the backup, then
// looks for the keep mark: one of the two sees the other. ErrorKind::transient: the backup is being
// deleted; absent: it is no more.
[[nodiscard]] Result<> keep_backup(Store& store, const ObjectNames& names,
                                   const std::string& backup_id, const KeepMark& mark, Instant now,
                                   const Sealing& sealing);

}  // namespace walden
