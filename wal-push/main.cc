// wal-push PATH [NAME]: PostgreSQL's archive_command. Exit 0 means durable, anything else is 1.
#include <CLI/CLI.hpp>
#include <exception>

#include "common/program/command_line.h"
#include "common/program/configuration.h"
#include "common/program/exit_codes.h"
#include "common/program/report.h"
#include "common/program/signals.h"
#include "common/program/version.h"
#include "wal-push/push_file.h"
#include "wal-push/waiting_segments.h"

namespace walden {
namespace {

constexpr const char* kProgram = "wal-push";

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

Result<> push(const ConfigurationOptions& options, const Arguments& arguments) {
  const std::filesystem::path path = arguments.path;
  const WalName name =
      TRY(WalName::parse(arguments.name.empty() ? path.filename().native() : arguments.name));
  return push_file(TRY(options.load()), path, name);
}

int run(int argc, char** argv) {
  CLI::App app("Stores one WAL file of PostgreSQL durably in the archive.", kProgram);
  speak_plainly(app);
  ConfigurationOptions options(app);
  Arguments arguments;
  declare(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // A --version left in archive_command must not acknowledge anything.
    const bool asked = app.exit(error) == 0 && argc == 2;
    return asked ? kPushDurable : kPushFailed;
  }
  const auto pushed = push(options, arguments);
  if (pushed) return kPushDurable;
  report(kProgram, pushed.error(), effect_of_failure(arguments.path));
  return kPushFailed;
}

}  // namespace
}  // namespace walden

int main(int argc, char** argv) {
  // A signal would end the archiver process too (its status is above 125): a push in hand is
  // brought to its end instead.
  (void)walden::interruption_flag();
  try {
    return walden::run(argc, argv);
  } catch (const std::exception& error) {
    walden::say(walden::kProgram, error.what());  // out of memory: no abort, whose code means more
    return walden::kPushFailed;
  }
}
