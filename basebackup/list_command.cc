#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "basebackup/audited.h"
#include "basebackup/commands.h"
#include "basebackup/context.h"
#include "basebackup/keep_marks.h"
#include "basebackup/list_text.h"
#include "common/program/human.h"
#include "common/program/policy.h"
#include "common/program/signals.h"

namespace walden {
namespace {

struct ListOptions {
  explicit ListOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  std::uint64_t system_id = 0;
  bool json = false;
};

// All systems of the cluster in text; programs are told of one.
Result<std::vector<std::uint64_t>> systems_to_list(const Context& context,
                                                   const ListOptions& options) {
  const std::string& cluster = context.configuration.cluster;
  if (options.json || options.system_id != 0) {
    return std::vector{TRY(choose_system_identifier(
        *context.store, cluster, context.marker.system_identifier, options.system_id))};
  }
  auto identifiers = TRY(system_identifiers(*context.store, cluster));
  if (identifiers.empty()) identifiers.push_back(context.marker.system_identifier);
  return identifiers;
}

Result<std::vector<std::string>> options_for_restore(const ListOptions& options,
                                                     std::uint64_t identifier, bool several) {
  auto arguments = TRY(options.configuration.arguments_given());
  if (several || options.system_id != 0) {
    arguments.insert(arguments.end(), {"--system-id", std::to_string(identifier)});
  }
  return arguments;
}

bool good(const RecoveryWindow& window) {
  return std::ranges::none_of(window.backups,
                              [](const auto& state) { return !state.entry.damaged.empty(); });
}

Result<bool> list(const ListOptions& options) {
  const Context context = TRY(open_context(options.configuration));
  const Policy policy = TRY(read_policy(context.configuration));
  const Opening opening = TRY(load_opening(context.configuration));
  bool all_good = true;
  bool first = true;
  const auto identifiers = TRY(systems_to_list(context, options));
  for (const std::uint64_t identifier : identifiers) {
    const ObjectNames names(context.configuration.cluster, identifier);
    auto window = TRY(read_recovery_window(*context.store, names, opening, interruption_flag()));
    auto keeps = TRY(read_keep_marks(*context.store, names, opening));
    auto given = TRY(options_for_restore(options, identifier, identifiers.size() > 1));
    const ListedSystem system{.cluster = context.configuration.cluster,
                              .system_identifier = identifier,
                              .store = context.store->describe(),
                              .window = std::move(window),
                              .has_key = opening.secret_key != nullptr,
                              .keeps = std::move(keeps),
                              .recovery_window = policy.retention.recovery_window,
                              .options = std::move(given)};
    if (options.json) {
      fmt::print("{}\n",
                 list_json(system).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
      fmt::print("{}{}", first ? "" : "\n", list_text(system, now()));
    }
    first = false;
    all_good = all_good && good(system.window);
  }
  return all_good;
}

}  // namespace

CommandBody add_list(CLI::App& app) {
  auto options = std::make_shared<ListOptions>(app);
  app.add_option("--system-id", options->system_id, "Only this system identifier");
  app.add_flag("--json", options->json, "For programs: docs/json.md");
  return audited(app, options->configuration, kAuditOfReading,
                 [options](Audit&) { return list(*options); });
}

}  // namespace walden
