// wal-fetch NAME PATH: PostgreSQL's restore_command. Exit 0: delivered and verified; 1: proven not
// to be there; 255: doubt, which stops recovery.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>

#include "common/program/command_line.h"
#include "common/program/configuration.h"
#include "common/program/exit_codes.h"
#include "common/program/human.h"
#include "common/program/report.h"
#include "common/program/version.h"
#include "wal-fetch/fetch_file.h"
#include "wal-fetch/policy.h"

namespace walden {
namespace {

constexpr const char* kProgram = "wal-fetch";

struct Arguments {
  std::string name;
  std::string path;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("NAME", arguments.name, "The file's name in the archive: %f")->required();
  app.add_option("PATH", arguments.path, "Where to put it: %p")->required();
  app.set_version_flag("--version", std::string("wal-fetch (walden) ") + kVersion);
  app.footer("In postgresql.conf:  restore_command = 'wal-fetch %f %p'");
}

int fail_with(int exit_code, const Error& error, std::string_view effect) {
  report(kProgram, error, effect);
  return exit_code;
}

Patience patience_of(const Policy& policy) {
  const auto limit = policy.deadline;
  return {limit, real_clock(), [limit](const Error& doubt, std::chrono::seconds passed) {
            say(kProgram, fmt::format("{}; still trying ({} of {})", doubt.cause,
                                      human_duration(passed), human_duration(limit)));
          }};
}

int fetch(const Source& source, const Policy& policy, const FetchRequest& request) {
  const auto fetched = fetch_patiently(source, request, patience_of(policy));
  if (fetched) return kFetchDelivered;
  // Without a word: PostgreSQL asks for names that do not exist as a matter of course.
  if (fetched.error().kind == ErrorKind::absent) return kFetchAbsent;
  return fail_with(policy.exit_code_of_doubt, with_remedy(fetched.error()), policy.effect_of_doubt);
}

Result<int> fetch_as_configured(const ConfigurationOptions& options, const Arguments& arguments) {
  const FetchRequest request{TRY(WalName::parse(arguments.name)), arguments.path};
  const Configuration configuration = TRY(options.load());
  const Policy policy = policy_for(configuration, request.name, request.path);
  const Source source = TRY(open_source(configuration, policy.deadline));
  return fetch(source, policy, request);
}

int run(int argc, char** argv) {
  CLI::App app("Fetches one WAL file of PostgreSQL from the archive, verified.", kProgram);
  speak_plainly(app);
  ConfigurationOptions options(app);
  Arguments arguments;
  declare(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // 1 would say "not there", and so would 0 without a file: --version may stand alone only.
    const bool asked = app.exit(error) == 0 && argc == 2;
    return asked ? kFetchDelivered : kFetchDoubt;
  }
  const auto exit_code = fetch_as_configured(options, arguments);
  if (exit_code) return *exit_code;
  return fail_with(kFetchDoubt, exit_code.error(),
                   "Nothing was looked for; recovery does not go on without an answer.");
}

}  // namespace
}  // namespace walden

int main(int argc, char** argv) {
  // A reader of standard error that is gone must not decide over a recovery.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return walden::run(argc, argv);
  } catch (const std::exception& error) {
    walden::say(walden::kProgram, error.what());  // out of memory: no abort, whose code means more
    return walden::kFetchDoubt;
  }
}
