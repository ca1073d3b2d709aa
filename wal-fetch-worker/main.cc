// wal-fetch-worker NAME PATH: the work of wal-fetch, whose front end becomes this program when
// there is no worker to ask. During a recovery it then starts one for the calls to come.
#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <span>

#include "common/archive/data_directory.h"
#include "common/call/called_program.h"
#include "common/program/command_line.h"
#include "common/program/configuration.h"
#include "common/program/report.h"
#include "common/program/signals.h"
#include "common/program/version.h"
#include "common/worker/run_worker.h"
#include "wal-fetch-worker/fetch_file.h"
#include "wal-fetch-worker/fetch_service.h"
#include "wal-fetch-worker/policy.h"
#include "wal-fetch-worker/temporary_copy.h"

namespace walden {
namespace {

// A standby asks every five seconds, or streams and does not ask at all.
constexpr std::chrono::seconds kIdle{120};

constexpr std::string_view kNothingLookedFor =
    "Nothing was looked for; recovery does not go on without an answer.";

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
  report(kWalFetch.name, error, effect);
  return exit_code;
}

Result<> deliver(const Source& source, const WalName& name, const std::filesystem::path& path) {
  TemporaryCopy copy = TRY(TemporaryCopy::create(path));
  TRY(fetch_into(source, {name, data_directory_of(path), source.opening.threads}, copy.sink()));
  return copy.put_into_place();
}

int fetch(const Source& source, const FetchPolicy& policy, const WalName& name,
          const std::filesystem::path& path) {
  const auto tell = [](const std::string& text) { say(kWalFetch.name, text); };
  const auto fetched = try_patiently([&] { return deliver(source, name, path); },
                                     patience_of(policy, tell), is_answer);
  if (fetched) return kFetchDelivered;
  // Without a word: PostgreSQL asks for names that do not exist as a matter of course.
  if (fetched.error().kind == ErrorKind::absent) return kFetchAbsent;
  return fail_with(policy.exit_code_of_doubt, with_remedy(fetched.error(), name),
                   policy.effect_of_doubt);
}

// Where nothing could even be looked for. A standby asks again here, too: what is wrong may be put
// right while it runs.
int fail_unasked(const FetchPolicy& policy, const Error& error) {
  const bool stops = policy.exit_code_of_doubt == kFetchDoubt;
  return fail_with(policy.exit_code_of_doubt, error,
                   stops ? kNothingLookedFor : policy.effect_of_doubt);
}

Result<int> fetch_as_configured(const ConfigurationOptions& options, const Arguments& arguments,
                                std::span<char*> call) {
  const WalName name = TRY(WalName::parse(arguments.name));
  const auto loaded = options.load();
  if (!loaded && loaded.error().kind != ErrorKind::usage) {
    return fail_unasked(policy_for(options.load_without_file(), name, arguments.path),
                        loaded.error());
  }
  const Configuration configuration = TRY(loaded);
  // Without one, too, every call is answered: what keeps it from starting is told by no one of
  // them.
  if (configuration.worker && is_in_recovery(data_directory_of(arguments.path))) {
    (void)start_worker(kWalFetch, call);
  }
  const FetchPolicy policy = policy_for(configuration, name, arguments.path);
  const auto source = open_source(configuration, policy.deadline,
                                  [](const std::string& text) { say(kWalFetch.name, text); });
  if (!source) return fail_unasked(policy, source.error());
  return fetch(*source, policy, name, arguments.path);
}

Result<int> serve_as_configured(const ConfigurationOptions& options, std::span<char*> call) {
  const Configuration configuration = TRY(options.load());
  TRY(run_worker(kWalFetch, call,
                 {.watched = configuration.files(),
                  .idle = kIdle,
                  .interrupted = interruption_flag(),
                  .make_handler = [&](const auto& data_directory,
                                      Notes& notes) -> Result<std::unique_ptr<CallHandler>> {
                    return FetchService::create(TRY(load_again(options, configuration)),
                                                data_directory, notes);
                  }}));
  return kFetchDoubt;  // that a worker has ended is no answer to anybody who waits for a file
}

int run(std::span<char*> call, bool serves) {
  CLI::App app("Fetches one WAL file of PostgreSQL from the archive, verified.", kWalFetch.name);
  speak_plainly(app);
  ConfigurationOptions options(app);
  Arguments arguments;
  declare(app, arguments);
  try {
    app.parse(static_cast<int>(call.size()), call.data());
  } catch (const CLI::ParseError& error) {
    // 1 would say "not there", and so would 0 without a file: --version may stand alone only.
    const bool asked = app.exit(error) == 0 && call.size() == 2;
    return asked ? kFetchDelivered : kFetchDoubt;
  }
  const auto exit_code =
      serves ? serve_as_configured(options, call) : fetch_as_configured(options, arguments, call);
  if (exit_code) return *exit_code;
  return fail_with(kFetchDoubt, exit_code.error(), kNothingLookedFor);
}

}  // namespace
}  // namespace walden

int main(int argc, char** argv) {
  // A reader of standard error that is gone must not decide over a recovery.
  std::signal(SIGPIPE, SIG_IGN);
  std::span<char*> call(argv, static_cast<std::size_t>(argc));
  const bool serves = walden::is_worker(call);
  try {
    return walden::run(call, serves);
  } catch (const std::exception& error) {
    walden::say(walden::kWalFetch.name, error.what());  // out of memory: no abort
    return walden::kFetchDoubt;
  }
}
