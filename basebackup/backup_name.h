// The name of a new backup. Two that begin in one second at the same segment would have the same:
// on a primary each backup begins a segment, on a standby all begin at its last restartpoint.
#pragma once

#include <cstdint>
#include <string>

#include "common/archive/object_names.h"
#include "common/postgres/base_backup_stream.h"
#include "common/program/human.h"
#include "common/store/store.h"

namespace walden {

struct BackupName {
  std::string id;
  Instant started;  // the moment that is in the name
};

// Of now, or of the next seconds where packs are there under that name. Another host that begins in
// the very same second is not seen: then the later of the two fails at its first pack.
// ErrorKind::exists when the name of ten seconds later is taken, too.
[[nodiscard]] Result<BackupName> name_backup(Store& store, const ObjectNames& names,
                                             const BackupStart& start, std::uint32_t segment_size);

}  // namespace walden
