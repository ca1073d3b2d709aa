// What is in the archive, as far as it matters to what stays: listings, outlines and marks. Needs
// no secret key.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "basebackup/retention.h"
#include "common/archive/object_names.h"
#include "common/bytes/sealed_object.h"
#include "common/store/store.h"

namespace walden {

struct BackupFolder {
  bool manifest = false;
  bool outline = false;
  bool marked = false;  // expired or condemned
  std::uint64_t stored = 0;
  std::int64_t newest = 0;     // seconds since 1970, by the store's clock
  std::int64_t committed = 0;  // the manifest's
};

// By id. Memory: one entry for each backup, however many packs it has.
[[nodiscard]] Result<std::map<std::string, BackupFolder>> list_backup_folders(
    Store& store, const ObjectNames& names);

// Of one system identifier. Where an outline is missing and `opening` has a key, the manifest's
// summary takes its place.
[[nodiscard]] Result<RetentionFacts> survey(Store& store, const ObjectNames& names,
                                            const Opening& opening);

// What the id alone says: time, timeline, first segment. `long_segments`: names of segments end in
// three digits (segments of less than 16 MB). Nothing where it is no id.
struct IdFacts {
  Instant started;
  Timeline timeline = 0;
  WalPlace first;
};
[[nodiscard]] std::optional<IdFacts> parse_backup_id(const std::string& id, bool long_segments);

}  // namespace walden
