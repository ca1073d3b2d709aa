#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <nlohmann/json.hpp>

#include "basebackup/commands.h"
#include "basebackup/run_alarm.h"
#include "basebackup/shell_word.h"
#include "basebackup/status_alert.h"
#include "basebackup/status_facts.h"
#include "basebackup/status_html.h"
#include "basebackup/status_text.h"
#include "common/bytes/new_file.h"
#include "common/program/configured_store.h"
#include "common/program/human.h"
#include "common/program/progress.h"
#include "common/program/report.h"
#include "common/program/signals.h"

namespace walden {
namespace {

// Shorter than for backups: a timer of a minute waits, and a store that is away is to be told.
constexpr auto kPatience = std::chrono::seconds(20);

struct StatusOptions {
  explicit StatusOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  bool all = false;
  bool json = false;
  bool alert = false;
  std::string killed;
  std::string failed;
  std::string metrics_file;
  std::string page_file;
  std::string connection;
  bool asks_server = false;
  std::uint64_t system_id = 0;
};

class StatusRun {
 public:
  StatusRun(const StatusOptions& options, Configuration configuration, Policy policy)
      : options_(options), configuration_(std::move(configuration)), policy_(std::move(policy)) {}

  Result<Severity> run() {
    opening_ = TRY(load_opening(configuration_));
    arguments_ = shell_arguments(TRY(options_.configuration.arguments_anywhere()));
    look();
    print();
    Severity severity = worst(clusters_);
    // Whoever is to be told is told, whether or not a disk is full here.
    const Result<> metrics = write_file(options_.metrics_file, status_metrics(clusters_));
    const Result<> page = write_file(options_.page_file, status_page(clusters_, policy_));
    const Result<bool> told = options_.alert ? alert() : true;
    if (!metrics && !page) report("basebackup", page.error());
    TRY(metrics);
    TRY(page);
    const bool everybody_knows = TRY(told);
    // What stays unknown is an incident of its own: "unknown" is left to a look that failed.
    const bool is_left_to_alerts = options_.alert && severity == Severity::unknown;
    if (!everybody_knows || is_left_to_alerts) severity = std::max(severity, Severity::warning);
    return severity;
  }

 private:
  void look() {
    auto store = open_configured_store(configuration_, kPatience);
    if (!store) return add_unreachable(store.error());
    std::vector<std::string> clusters{configuration_.cluster};
    if (options_.all) {
      auto found = clusters_in(**store);
      if (!found) return add_unreachable(found.error());
      // The one that is configured must be among them.
      std::erase(*found, configuration_.cluster);
      clusters.insert(clusters.end(), found->begin(), found->end());
      std::ranges::sort(clusters);
    }
    for (const std::string& cluster : clusters) {
      add(gather_status({.store = **store,
                         .cluster = cluster,
                         .system_id = options_.system_id,
                         .opening = opening_,
                         .policy = policy_,
                         .connection = connection_of(cluster),
                         .plans_expiry = !options_.alert,
                         .cancel = interruption_flag()},
                        now()));
    }
  }

  // The server that is named is the configured cluster's.
  [[nodiscard]] std::optional<std::string> connection_of(const std::string& cluster) const {
    if (!options_.asks_server || cluster != configuration_.cluster) return std::nullopt;
    return options_.connection;
  }

  void add(ClusterStatus status) {
    Judgements judgements =
        judge(status, policy_, options_for(status.cluster, configuration_, arguments_));
    clusters_.push_back({std::move(status), std::move(judgements), policy_.objectives});
  }

  void add_unreachable(const Error& error) {
    ClusterStatus status;
    status.cluster = configuration_.cluster;
    status.store = configuration_.store;
    status.now = now();
    status.store_error = error;
    add(std::move(status));
  }

  void print() const {
    if (!options_.json) {
      fmt::print("{}", status_text(clusters_, colours_wanted(STDOUT_FILENO)));
    } else {
      fmt::print("{}\n", status_json(clusters_).dump(2, ' ', false,
                                                     nlohmann::json::error_handler_t::replace));
    }
    std::fflush(stdout);  // alerts may take a while
  }

  // Without a name: nobody wants it.
  [[nodiscard]] static Result<> write_file(const std::string& path, const std::string& content) {
    if (path.empty()) return {};
    NewFile file = TRY(NewFile::create(path, 0644));
    TRY(file.write(bytes_of(content)));
    return file.rename_into_place(true);
  }

  [[nodiscard]] Result<bool> alert() const {
    const auto failed = [](const Error& error) { report("basebackup", error); };
    const bool good =
        TRY(send_alerts(configuration_, policy_.alert, clusters_, arguments_, failed));
    const bool killed = !options_.killed.empty();
    if (!killed && options_.failed.empty()) return good;
    const std::string& command = killed ? options_.killed : options_.failed;
    const BadRun run{.command = command,
                     .killed = killed,
                     .told = good && is_found_bad(command),
                     .arguments = arguments_};
    return TRY(tell_of_bad_run(configuration_, policy_.alert, run, failed)) && good;
  }

  // By what the last drill or verify has left in the store.
  [[nodiscard]] bool is_found_bad(const std::string& command) const {
    return std::ranges::any_of(clusters_, [&](const JudgedCluster& one) {
      return one.status.cluster == configuration_.cluster &&
             std::ranges::any_of(one.judgements, [&](const Judgement& judgement) {
               return judgement.name == command && judgement.severity == Severity::critical;
             });
    });
  }

  const StatusOptions& options_;
  const Configuration configuration_;
  const Policy policy_;
  Opening opening_;
  std::string arguments_;
  std::vector<JudgedCluster> clusters_;
};

Result<Severity> status(const StatusOptions& options) {
  Configuration configuration = TRY(options.configuration.load());
  Policy policy = TRY(read_policy(configuration));
  return StatusRun(options, std::move(configuration), std::move(policy)).run();
}

// Nagios shows the first line of standard output, and an error is none of its warnings.
int exit_code_of(const StatusOptions& options) {
  Result<Severity> severity = Severity::unknown;
  try {
    severity = status(options);
  } catch (const std::exception& error) {
    severity = fail(ErrorKind::local_io, fmt::format("cannot go on: {}", error.what()));
  }
  if (severity) return exit_code(*severity);
  if (!options.json) fmt::print("UNKNOWN {}\n", severity.error().cause);
  report("basebackup", severity.error());
  return exit_code(Severity::unknown);
}

}  // namespace

std::function<int()> add_status(CLI::App& app) {
  auto options = std::make_shared<StatusOptions>(app);
  app.add_flag("--all", options->all, "Every cluster in the store");
  app.add_flag("--json", options->json, "For programs: docs/json.md");
  CLI::Option* alert =
      app.add_flag("--alert", options->alert, "Tell whom [alert] names: docs/monitoring.md");
  const CLI::IsMember commands({"push", "drill", "expire", "verify"});
  CLI::Option* killed =
      app.add_option("--killed", options->killed,
                     "Tell as well that a run of this command was killed: push, drill, expire, "
                     "verify; exits 3 when nobody knows then")
          ->check(commands)
          ->needs(alert);
  app.add_option("--failed", options->failed,
                 "The same of one that ended by itself: who was told by it is not told again")
      ->check(commands)
      ->needs(alert)
      ->excludes(killed);
  app.add_option("--openmetrics", options->metrics_file,
                 "Write metrics to this file, for Prometheus' textfile collector");
  app.add_option("--html", options->page_file,
                 "Write a page with the recovery timeline to this file");
  CLI::Option* connection =
      app.add_option("--connection", options->connection,
                     "Ask this server too, as libpq's conninfo; \"\" for the PG* variables");
  app.add_option("--system-id", options->system_id,
                 "This system identifier (default: whose WAL is the newest)");
  return [options, connection] {
    options->asks_server = connection->count() > 0;
    return exit_code_of(*options);
  };
}

}  // namespace walden
