// wal-push-worker PATH [NAME]: the work of wal-push, whose front end becomes this program when
// there is no worker to ask. It then starts one for the calls to come.
#include <CLI/CLI.hpp>
#include <exception>
#include <span>

#include "common/call/called_program.h"
#include "common/program/command_line.h"
#include "common/program/configuration.h"
#include "common/program/human.h"
#include "common/program/report.h"
#include "common/program/signals.h"
#include "common/program/version.h"
#include "common/worker/run_worker.h"
#include "wal-push-worker/push_alarm.h"
#include "wal-push-worker/push_service.h"
#include "wal-push-worker/waiting_segments.h"

namespace walden {
namespace {

// Longer than most archive_timeouts.
constexpr std::chrono::seconds kIdle{360};

struct Arguments {
  std::string path;
  std::string name;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("PATH", arguments.path, "The file to store: %p")->required();
  app.add_option("NAME", arguments.name, "Its name in the archive: %f; else PATH's last part");
  app.set_version_flag("--version", std::string("wal-push (walden) ") + kVersion);
  app.footer("In postgresql.conf:  archive_command = 'wal-push %p %f'");
}

Result<> push(const Configuration& configuration, const Arguments& arguments) {
  const std::filesystem::path path = arguments.path;
  const WalName name =
      TRY(WalName::parse(arguments.name.empty() ? path.filename().native() : arguments.name));
  const Say tell = [](const std::string& text) { say(kWalPush.name, text); };
  const PushTarget target = TRY(open_target(configuration, tell));
  return push_file(target, path, name, {.say = tell, .threads = target.sealing.threads});
}

// As it is answered for without a worker: PostgreSQL waits.
constexpr std::chrono::milliseconds kAlertPatience{10'000};
constexpr std::chrono::milliseconds kWorkersAlertPatience{60'000};

// After the push, but before its answer; so within bounds.
void raise_alarm(const Configuration& configuration, const Arguments& arguments,
                 const Result<>& pushed, Instant began) {
  const auto alarm = PushAlarm::create(configuration, kAlertPatience,
                                       [&](const std::string& text) { say(kWalPush.name, text); });
  if (!alarm) return;
  if (pushed) {
    alarm->succeeded();
  } else {
    alarm->failed(arguments.path, pushed.error(), began);
  }
}

Result<> push_as_configured(const ConfigurationOptions& options, const Arguments& arguments,
                            std::span<char*> call) {
  const Configuration configuration = TRY(options.load());
  // Without one, too, every call is answered: what keeps it from starting is told by no one of
  // them.
  if (configuration.worker) {
    (void)start_worker(kWalPush, call);
  }
  const Instant began = now();
  auto pushed = push(configuration, arguments);
  raise_alarm(configuration, arguments, pushed, began);
  return pushed;
}

Result<> serve_as_configured(const ConfigurationOptions& options, std::span<char*> call) {
  const Configuration configuration = TRY(options.load());
  return run_worker(kWalPush, call,
                    {.watched = configuration.files(),
                     .idle = kIdle,
                     .interrupted = interruption_flag(),
                     .make_handler = [&](const auto& data_directory,
                                         Notes& notes) -> Result<std::unique_ptr<CallHandler>> {
                       const Say note = [&notes](const std::string& text) {
                         notes.add(line_text(kWalPush.name, text));
                       };
                       const Configuration latest = TRY(load_again(options, configuration));
                       PushTarget target = TRY(open_target(latest, note));
                       return std::make_unique<PushService>(
                           std::move(target), data_directory, notes,
                           PushAlarm::create(latest, kWorkersAlertPatience, note));
                     }});
}

int run(std::span<char*> call, bool serves) {
  CLI::App app("Stores one WAL file of PostgreSQL durably in the archive.", kWalPush.name);
  speak_plainly(app);
  ConfigurationOptions options(app);
  Arguments arguments;
  declare(app, arguments);
  try {
    app.parse(static_cast<int>(call.size()), call.data());
  } catch (const CLI::ParseError& error) {
    // A --version left in archive_command must not acknowledge anything.
    const bool asked = app.exit(error) == 0 && call.size() == 2;
    return asked ? kPushDurable : kPushFailed;
  }
  const auto done =
      serves ? serve_as_configured(options, call) : push_as_configured(options, arguments, call);
  // Nor must a "serve" left there: a worker's own end says nothing of any file.
  if (done) return serves ? kPushFailed : kPushDurable;
  report(kWalPush.name, done.error(), effect_of_failure(arguments.path));
  return kPushFailed;
}

}  // namespace
}  // namespace walden

int main(int argc, char** argv) {
  // A signal would end the archiver process too (its status is above 125): a push in hand is
  // brought to its end instead.
  (void)walden::interruption_flag();
  std::span<char*> call(argv, static_cast<std::size_t>(argc));
  const bool serves = walden::is_worker(call);
  try {
    return walden::run(call, serves);
  } catch (const std::exception& error) {
    walden::say(walden::kWalPush.name, error.what());  // out of memory: no abort
    return walden::kPushFailed;
  }
}
