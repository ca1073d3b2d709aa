// A run from a timer that fails is told at once, by the channels of [alert]: who looks at the age
// of the newest backup hears of it a day later.
#pragma once

#include <functional>
#include <string>

#include "basebackup/commands.h"
#include "common/program/configuration.h"
#include "common/program/policy.h"

namespace walden {

// Where nobody watches (standard error is no terminal) and somebody is to be told: a failure of
// `body` is told once until it succeeds again, and then its end. The outcome is `body`'s own.
// A drill or a verification that ran and found something is left to `status`, which reads what they
// leave in the store. Nor is told of one that was interrupted by a signal. `configuration` must
// live as long as `body`. `counts`, asked after `body`: whether this run says anything of the
// command's work; one that does not, as a dry run, neither begins nor ends the incident.
[[nodiscard]] CommandBody alarmed(const CLI::App& app, const ConfigurationOptions& configuration,
                                  CommandBody body, std::function<bool()> counts = {});

// For who saw the run of such a command end badly, which it may not have told itself: the same
// incident, so that who knows of it is not told again.
struct BadRun {
  std::string command;
  bool killed = false;    // or out of time; else it ended by itself
  bool told = false;      // what it found, by `status`: enough where the run itself did not fail
  std::string arguments;  // of the command to run next, each behind a space
};
// Failures are handed to `failed`; false when there was one. An Error when nobody knows of it now;
// ErrorKind::configuration when the policy names nobody.
[[nodiscard]] Result<bool> tell_of_bad_run(const Configuration& configuration,
                                           const AlertPolicy& policy, const BadRun& run,
                                           const std::function<void(const Error&)>& failed);

}  // namespace walden
