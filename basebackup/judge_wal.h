// Does the WAL arrive? The newest in the store against the objective, and what the server says.
#pragma once

#include <optional>

#include "basebackup/status_judgement.h"

namespace walden {

// An idle server archives nothing, and loses nothing. Only the server can tell it from one whose
// archiving has stopped; where it is not asked, old WAL counts as a failure.
[[nodiscard]] Judgement judge_wal(const ClusterStatus& status, const Objectives& objectives,
                                  const std::string& remedy);

// Nothing where the server was not to be asked.
[[nodiscard]] std::optional<Judgement> judge_archiver(const ClusterStatus& status,
                                                      const std::string& remedy);

}  // namespace walden
