// `basebackup status --alert`: what is wrong becomes messages.
#pragma once

#include <functional>

#include "basebackup/status_text.h"
#include "common/alert/incidents.h"
#include "common/program/configuration.h"

namespace walden {

// Warnings and worse. What is unknown ends nothing: while the store is away, a backup that was late
// still is. It wakes nobody at first; where anything has been unknown for an hour, that is an
// incident, "unknown".
// `options` stands behind "basebackup COMMAND", as in judge().
[[nodiscard]] Findings findings_of(const JudgedCluster& cluster, const std::string& options = {});

// What stands behind a command of this cluster, where `options` is for the configured one.
[[nodiscard]] std::string options_for(const std::string& cluster,
                                      const Configuration& configuration,
                                      const std::string& options);

// Tells each cluster's incidents (`options` as above, for the configured one) through the policy's
// channels, and asks for the heartbeat when nothing is critical or unknown and everybody could be
// told. Failures are handed to `failed`; false when there was one. ErrorKind::configuration when
// the policy names no way to tell anybody.
[[nodiscard]] Result<bool> send_alerts(const Configuration& configuration,
                                       const AlertPolicy& policy,
                                       const std::vector<JudgedCluster>& clusters,
                                       const std::string& options,
                                       const std::function<void(const Error&)>& failed);

}  // namespace walden
