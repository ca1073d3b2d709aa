#include "basebackup/status_alert.h"

#include <algorithm>

#include "basebackup/shell_word.h"
#include "common/alert/alert_round.h"
#include "common/program/human.h"
#include "common/program/state_directory.h"

namespace walden {
namespace {

constexpr const char* kUnknown = "unknown";
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

constexpr std::chrono::seconds kUnknownForLong = std::chrono::hours(1);

void add_unknown(Findings& findings, const Judgement& judgement, const std::string& options) {
  findings.unknown.insert(judgement.name);
  const std::string what = judgement.name + ": " + judgement.sentence;
  const auto known = std::ranges::find(findings.problems, kUnknown, &Problem::name);
  if (known != findings.problems.end()) {
    known->what += "; " + what;
    return;
  }
  findings.problems.push_back({.name = kUnknown,
                               .what = "it could not be found out for an hour: " + what,
                               .endangers = "What is not known may be wrong, and nobody is told",
                               .command = "basebackup status" + options,
                               .lasts = kUnknownForLong});
}

// Where somebody outside may take it that all is looked after.
bool is_sign_of_life(const std::vector<JudgedCluster>& clusters) {
  return std::ranges::none_of(clusters, [](const JudgedCluster& cluster) {
    return std::ranges::any_of(cluster.judgements, [](const Judgement& one) {
      return one.severity == Severity::unknown || one.severity == Severity::critical;
    });
  });
}

}  // namespace

Findings findings_of(const JudgedCluster& cluster, const std::string& options) {
  Findings findings;
  findings.rest_is_unknown = cluster.status.store_error.has_value();
  for (const Judgement& one : cluster.judgements) {
    if (one.severity == Severity::unknown) add_unknown(findings, one, options);
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

std::string options_for(const std::string& cluster, const Configuration& configuration,
                        const std::string& options) {
  if (cluster == configuration.cluster) return options;
  return options + " --cluster " + shell_word(cluster);
}

Result<bool> send_alerts(const Configuration& configuration, const AlertPolicy& policy,
                         const std::vector<JudgedCluster>& clusters, const std::string& options,
                         const std::function<void(const Error&)>& failed) {
  if (!policy.configured() && policy.heartbeat.empty()) {
    return fail(ErrorKind::configuration, "--alert has nobody to tell: there is no table [alert]",
                "Name a mail_server, a webhook, a command or a heartbeat (docs/monitoring.md).");
  }
  bool good = true;
  bool busy = false;
  const auto note = [&](const Error& error) {
    good = false;
    failed(error);
  };
  const auto channels = channels_of(policy);
  for (const JudgedCluster& one : clusters) {
    const std::string& cluster = one.status.cluster;
    const Findings findings = findings_of(one, options_for(cluster, configuration, options));
    const AlertOutcome outcome = tell({.memory = memory_for(configuration, cluster, note),
                                       .cluster = cluster,
                                       .repeat = policy.repeat,
                                       .patience = kPatience},
                                      channels, findings, now());
    for (const Error& error : outcome.failures) note(error);
    busy = busy || outcome.busy;
  }
  // A round that could not tell somebody does not count as well.
  if (policy.heartbeat.empty() || !good || busy || !is_sign_of_life(clusters)) return good;
  if (const auto pinged = ping(policy.heartbeat, kPatience); !pinged) note(pinged.error());
  return good;
}

}  // namespace walden
