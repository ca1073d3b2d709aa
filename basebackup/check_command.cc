#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "basebackup/check_keys.h"
#include "basebackup/check_report.h"
#include "basebackup/check_server.h"
#include "basebackup/check_store.h"
#include "basebackup/commands.h"
#include "common/program/configuration.h"
#include "common/program/progress.h"

namespace walden {
namespace {

struct CheckOptions {
  explicit CheckOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  std::string connection;
  bool json = false;
};

void print(const Configuration& configuration, const Facts& facts, bool as_json) {
  if (!as_json) {
    fmt::print("{}", check_text(facts, colours_wanted(STDOUT_FILENO)));
    return;
  }
  const auto json = check_json({configuration.cluster, configuration.store}, facts);
  fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

// The server first, because the store's facts are judged by what it is; the store first in print,
// because without it nothing else is of use.
Result<bool> check(const CheckOptions& options) {
  const Configuration configuration = TRY(options.configuration.load());
  ServerLook server = look_at_server(options.connection);
  Facts facts = check_store(configuration, server);
  append(facts, check_keys(configuration));
  append(facts, std::move(server.facts));
  print(configuration, facts, options.json);
  return count_verdicts(facts).failures == 0;
}

}  // namespace

CommandBody add_check(CLI::App& app) {
  auto options = std::make_shared<CheckOptions>(app);
  app.add_option("--connection", options->connection,
                 "How to reach the server, as libpq's conninfo (default: the PG* variables)");
  app.add_flag("--json", options->json, "For programs: docs/json.md");
  return [options] { return check(*options); };
}

}  // namespace walden
