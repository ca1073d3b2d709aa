#include "basebackup/status_alert.h"

#include "common/alert/alert_round.h"
#include "common/program/human.h"
#include "common/program/state_directory.h"

namespace walden {
namespace {

constexpr const char* kMemory = "alerts-status.json";
constexpr std::chrono::milliseconds kPatience{30'000};

// Without a place to remember in, everybody is told all the same: in each round.
std::filesystem::path memory_for(const Configuration& configuration, const std::string& cluster,
                                 const std::function<void(const Error&)>& failed) {
  Configuration own = configuration;
  own.cluster = cluster;
  const auto directory = state_directory(own);
  if (directory) return *directory / kMemory;
  failed(directory.error());
  return {};
}

}  // namespace

Findings findings_of(const JudgedCluster& cluster) {
  Findings findings;
  findings.rest_is_unknown = cluster.status.store_error.has_value();
  for (const Judgement& one : cluster.judgements) {
    if (one.severity == Severity::unknown) findings.unknown.insert(one.name);
    if (one.severity < Severity::warning) continue;
    findings.problems.push_back({.name = one.name,
                                 .critical = one.severity == Severity::critical,
                                 .what = one.sentence,
                                 .since = one.since,
                                 .endangers = one.endangers,
                                 .command = one.remedy});
  }
  return findings;
}

Result<bool> send_alerts(const Configuration& configuration, const AlertPolicy& policy,
                         const std::vector<JudgedCluster>& clusters,
                         const std::function<void(const Error&)>& failed) {
  if (!policy.configured() && policy.heartbeat.empty()) {
    return fail(ErrorKind::configuration, "--alert has nobody to tell: there is no table [alert]",
                "Name a mail_server, a webhook, a command or a heartbeat (docs/monitoring.md).");
  }
  bool good = true;
  const auto note = [&](const Error& error) {
    good = false;
    failed(error);
  };
  const auto channels = channels_of(policy);
  for (const JudgedCluster& one : clusters) {
    const std::string& cluster = one.status.cluster;
    const AlertOutcome outcome = tell({.memory = memory_for(configuration, cluster, note),
                                       .cluster = cluster,
                                       .repeat = policy.repeat,
                                       .patience = kPatience},
                                      channels, findings_of(one), now());
    for (const Error& error : outcome.failures) note(error);
  }
  // A round that could not tell somebody does not count as well.
  if (policy.heartbeat.empty() || worst(clusters) == Severity::critical || !good) return good;
  if (const auto pinged = ping(policy.heartbeat, kPatience); !pinged) note(pinged.error());
  return good;
}

}  // namespace walden
