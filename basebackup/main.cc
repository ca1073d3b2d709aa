#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <utility>

#include "basebackup/commands.h"
#include "common/call/exit_codes.h"
#include "common/program/command_line.h"
#include "common/program/report.h"
#include "common/program/version.h"

namespace {

// What no part of the program expects ends as an error too: no abort, and what is half done is
// undone.
walden::Result<bool> caught(const walden::CommandBody& body) {
  try {
    return body();
  } catch (const std::exception& error) {
    return walden::fail(walden::ErrorKind::local_io, fmt::format("cannot go on: {}", error.what()));
  }
}

int run(const walden::CommandBody& body) {
  const auto good = caught(body);
  if (good) return *good ? walden::kBackupDone : walden::kBackupFailed;
  walden::report("basebackup", good.error());
  return good.error().kind == walden::ErrorKind::usage ? walden::kBackupUsage
                                                       : walden::kBackupFailed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Takes and restores PostgreSQL base backups, and proves them.", "basebackup"};
  walden::speak_plainly(app);
  app.set_version_flag("--version", std::string("basebackup (walden) ") + walden::kVersion);
  app.require_subcommand(1);

  CLI::App& push = *app.add_subcommand("push", "Take a base backup over the replication protocol");
  CLI::App& list = *app.add_subcommand("list", "Show the backups and the recovery window");
  CLI::App& show = *app.add_subcommand("show", "Tell all that is known of a backup");
  CLI::App& restore = *app.add_subcommand("restore", "Restore to a moment, ready to start");
  CLI::App& verify = *app.add_subcommand("verify", "Read every byte that a restore would need");
  CLI::App& expire = *app.add_subcommand("expire", "Delete what the policy no longer keeps");
  CLI::App& keep = *app.add_subcommand("keep", "Keep one backup longer than the policy does");
  CLI::App& unkeep = *app.add_subcommand("unkeep", "Keep it no longer than the policy does");
  CLI::App& drill = *app.add_subcommand("drill", "Prove by a real restore that all is there");
  CLI::App& reports = *app.add_subcommand("reports", "Show the drills of the past");
  CLI::App& check = *app.add_subcommand("check", "Say what must be put right before a night");
  CLI::App& status = *app.add_subcommand("status", "Say whether all is well, and tell when not");
  CLI::App& audit = *app.add_subcommand("audit", "Show who did what, and that nothing is missing");
  CLI::App& init = *app.add_subcommand("init", "Set up the archive of a new cluster, once");
  CLI::App& keygen = *app.add_subcommand("keygen", "Make a key pair");
  const std::array<std::pair<CLI::App*, walden::CommandBody>, 14> commands{{
      {&push, walden::add_push(push)},
      {&list, walden::add_list(list)},
      {&show, walden::add_show(show)},
      {&restore, walden::add_restore(restore)},
      {&verify, walden::add_verify(verify)},
      {&expire, walden::add_expire(expire)},
      {&keep, walden::add_keep(keep)},
      {&unkeep, walden::add_unkeep(unkeep)},
      {&drill, walden::add_drill(drill)},
      {&reports, walden::add_reports(reports)},
      {&check, walden::add_check(check)},
      {&audit, walden::add_audit(audit)},
      {&init, walden::add_init(init)},
      {&keygen, walden::add_keygen(keygen)},
  }};
  const std::function<int()> tell_status = walden::add_status(status);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) == 0) return walden::kBackupDone;
    // To who watches, 2 would be critical.
    return status.parsed() ? walden::kStatusUnknown : walden::kBackupUsage;
  }
  if (status.parsed()) return tell_status();
  for (const auto& [command, body] : commands) {
    if (command->parsed()) return run(body);
  }
  return walden::kBackupUsage;
}
