// Drills in the store: the page and the report, sealed as backups are, and the outline, which is
// checksummed and signed but open, so that a host that only watches can read the verdict. The
// outline is written last: a drill is listed only once its report is there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "basebackup/drill_report.h"
#include "common/archive/object_names.h"
#include "common/store/store.h"

namespace walden {

struct StoredDrill {
  DrillReport report;
  std::string page;  // HTML
};

// ErrorKind::exists when a drill began in the same second.
[[nodiscard]] Result<> store_drill(Store& store, const ObjectNames& names, const Sealing& sealing,
                                   const StoredDrill& drill);

// The drill that was stored last and can be believed.
struct LastDrill {
  std::optional<DrillOutline> outline;
  std::string not_believed;  // the id of one that was stored after it, damaged or signed by nobody
};
// An outline that cannot be read for another reason is an error: it may say that a drill failed.
[[nodiscard]] Result<LastDrill> read_last_drill(Store& store, const ObjectNames& names,
                                                const Opening& opening);

// The ids of the drills that have an outline, oldest first.
[[nodiscard]] Result<std::vector<std::string>> list_drills(Store& store, const ObjectNames& names);

// No secret key is needed. ErrorKind::corrupt for a damaged one, or one that no trusted signer
// signed.
[[nodiscard]] Result<DrillOutline> read_drill_outline(Store& store, const ObjectNames& names,
                                                      const std::string& id,
                                                      const Opening& opening);
[[nodiscard]] Result<DrillReport> read_drill_report(Store& store, const ObjectNames& names,
                                                    const std::string& id, const Opening& opening);
[[nodiscard]] Result<std::string> read_drill_page(Store& store, const ObjectNames& names,
                                                  const std::string& id, const Opening& opening);

}  // namespace walden
