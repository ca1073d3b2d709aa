// `basebackup status` for people, monitoring programs and JSON readers.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "basebackup/status_judgement.h"

namespace walden {

struct JudgedCluster {
  ClusterStatus status;
  Judgements judgements;
  Objectives objectives;
};

[[nodiscard]] Severity worst(const std::vector<JudgedCluster>& clusters);

// The first line is what Nagios shows: the worst, and what is wrong; of one cluster with figures
// behind a '|'. A line for each judgement follows, with its remedy behind an arrow.
[[nodiscard]] std::string status_text(const std::vector<JudgedCluster>& clusters, bool coloured);

[[nodiscard]] nlohmann::ordered_json status_json(const std::vector<JudgedCluster>& clusters);

// The text format of Prometheus, for a textfile collector; base units, and no label but the cluster
// and the judgement's name.
[[nodiscard]] std::string status_metrics(const std::vector<JudgedCluster>& clusters);

}  // namespace walden
