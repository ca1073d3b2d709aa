#include "basebackup/run_alarm.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "basebackup/shell_word.h"
#include "common/alert/alert_round.h"
#include "common/alert/incident_file.h"
#include "common/program/human.h"
#include "common/program/report.h"
#include "common/program/signals.h"
#include "common/program/state_directory.h"

namespace walden {
namespace {

constexpr std::chrono::milliseconds kPatience{30'000};

struct Meaning {
  bool critical = false;
  std::string endangers;
  std::string next;           // the command to run
  bool status_tells = false;  // what it found
};

Meaning meaning_of(const std::string& command) {
  if (command == "push") {
    return {.critical = true,
            .endangers =
                "No new backup was taken: a restore takes longer the more WAL it must "
                "replay, and hangs on the one before",
            .next = "check"};
  }
  if (command == "expire") {
    return {.endangers = "The store grows, and backups are kept longer than was promised",
            .next = "expire"};
  }
  return {.endangers = "Whether the backups can be restored was not proven",
          .next = command,
          .status_tells = true};
}

std::filesystem::path memory_of(const std::filesystem::path& directory,
                                const std::string& command) {
  return directory / fmt::format("alerts-{}-run.json", command);
}

std::string incident_of(const std::string& command) {
  return command + " run";
}

AlertOutcome tell_of_run(const Configuration& configuration, const AlertPolicy& policy,
                         const std::string& command, const Findings& findings) {
  const auto directory = state_directory(configuration);
  if (!directory) return {.failures = {directory.error()}};
  return tell({.memory = memory_of(*directory, command),
               .cluster = configuration.cluster,
               .repeat = policy.repeat,
               .patience = kPatience},
              channels_of(policy), findings, now());
}

Problem problem_of(const std::string& command, const std::string& arguments, std::string what) {
  const Meaning meaning = meaning_of(command);
  return {.name = incident_of(command),
          .critical = meaning.critical,
          .what = std::move(what),
          .since = now(),
          .endangers = meaning.endangers,
          .command = fmt::format("basebackup {}{}", meaning.next, arguments)};
}

// Of a configuration or a policy that cannot be read the command itself has told.
void tell_outcome(const std::string& command, const ConfigurationOptions& options,
                  const Result<bool>& outcome) {
  const auto configuration = options.load();
  const auto given = options.arguments_anywhere();
  if (!configuration || !given) return;
  const auto policy = read_policy(*configuration);
  if (!policy || !policy->alert.configured()) return;
  const std::string arguments = shell_arguments(*given);
  Findings findings;
  if (!outcome) {
    findings.problems.push_back(
        problem_of(command, arguments,
                   fmt::format("basebackup {} failed: {}", command, outcome.error().cause)));
  } else if (!*outcome && !meaning_of(command).status_tells) {
    findings.problems.push_back(problem_of(
        command, arguments,
        fmt::format("basebackup {} ended, and what it found is not good: see its log", command)));
  }
  for (const Error& error :
       tell_of_run(*configuration, policy->alert, command, findings).failures) {
    report("basebackup", error);
  }
}

// A run that failed has left its incident, whether or not anybody could be told of it. Where that
// cannot be known, it may have.
bool may_have_failed(const Configuration& configuration, const std::string& command) {
  const auto directory = state_directory(configuration);
  if (!directory) return true;
  const auto file = IncidentFile::open(memory_of(*directory, command));
  if (!file) return true;
  const auto incidents = file->read();
  if (!incidents) return true;
  const auto found = incidents->find(incident_of(command));
  return found != incidents->end() && !found->second.ended;
}

// Who pressed Ctrl-C, or stopped the unit, knows of it.
bool was_interrupted(const Result<bool>& outcome) {
  return (!outcome || !*outcome) && interruption_flag().load();
}

}  // namespace

CommandBody alarmed(const CLI::App& app, const ConfigurationOptions& configuration,
                    CommandBody body, std::function<bool()> counts) {
  return
      [&app, &configuration, body = std::move(body), counts = std::move(counts)]() -> Result<bool> {
        auto outcome = body();
        const bool matters = (!counts || counts()) && !was_interrupted(outcome);
        if (matters && ::isatty(STDERR_FILENO) == 0) {
          tell_outcome(app.get_name(), configuration, outcome);
        }
        return outcome;
      };
}

Result<bool> tell_of_bad_run(const Configuration& configuration, const AlertPolicy& policy,
                             const BadRun& run, const std::function<void(const Error&)>& failed) {
  if (!policy.configured()) {
    return fail(ErrorKind::configuration,
                "nobody is told that a run failed: there is neither mail nor webhook nor command",
                "Name one below [alert] (docs/monitoring.md).");
  }
  const bool status_tells = !run.killed && run.told && meaning_of(run.command).status_tells;
  if (status_tells && !may_have_failed(configuration, run.command)) return true;
  const std::string how = run.killed ? "was killed, or ran out of time" : "failed";
  const AlertOutcome outcome = tell_of_run(
      configuration, policy, run.command,
      {.problems = {problem_of(run.command, run.arguments,
                               fmt::format("basebackup {} {}: see its log", run.command, how))}});
  for (const Error& error : outcome.failures) failed(error);
  if (!outcome.known) {
    return fail(ErrorKind::transient, "nobody could be told that a run failed");
  }
  return outcome.good();
}

}  // namespace walden
