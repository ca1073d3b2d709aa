// The subcommands. Each adds its options to `app` when it is made, and run() does the work and
// prints results to standard output; what it returns becomes the exit code in main.cc.
#pragma once

#include <functional>

#include "common/bytes/error.h"

namespace CLI {
class App;
}

namespace walden {

// The outcome of a command that ran: false for "ran, and what it checked is not good" (verify,
// check, drill).
using CommandBody = std::function<Result<bool>()>;

// Each adds one subcommand to `app` and returns what runs it once the command line has been parsed.
[[nodiscard]] CommandBody add_keygen(CLI::App& app);
[[nodiscard]] CommandBody add_init(CLI::App& app);
[[nodiscard]] CommandBody add_push(CLI::App& app);
[[nodiscard]] CommandBody add_list(CLI::App& app);
[[nodiscard]] CommandBody add_show(CLI::App& app);
[[nodiscard]] CommandBody add_restore(CLI::App& app);
[[nodiscard]] CommandBody add_verify(CLI::App& app);
[[nodiscard]] CommandBody add_check(CLI::App& app);
[[nodiscard]] CommandBody add_audit(CLI::App& app);
[[nodiscard]] CommandBody add_expire(CLI::App& app);
[[nodiscard]] CommandBody add_keep(CLI::App& app);
[[nodiscard]] CommandBody add_unkeep(CLI::App& app);
[[nodiscard]] CommandBody add_drill(CLI::App& app);
[[nodiscard]] CommandBody add_reports(CLI::App& app);

// The outcome is the exit code: 0, 1, 2, 3, as Nagios has them.
[[nodiscard]] std::function<int()> add_status(CLI::App& app);

}  // namespace walden
