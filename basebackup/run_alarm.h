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
// leave in the store. `configuration` must live as long as `body`.
[[nodiscard]] CommandBody alarmed(const CLI::App& app, const ConfigurationOptions& configuration,
                                  CommandBody body);

// For who saw the run of such a command end by a signal, which it cannot tell itself: the same
// incident. `arguments`: of the command to run next, each behind a space. Failures are handed to
// `failed`; false when there was one.
[[nodiscard]] bool tell_of_killed_run(const Configuration& configuration, const AlertPolicy& policy,
                                      const std::string& command, const std::string& arguments,
                                      const std::function<void(const Error&)>& failed);

}  // namespace walden
