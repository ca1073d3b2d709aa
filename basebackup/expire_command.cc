#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "basebackup/audited.h"
#include "basebackup/catalog.h"
#include "basebackup/commands.h"
#include "basebackup/context.h"
#include "basebackup/expire_text.h"
#include "basebackup/plan_difference.h"
#include "basebackup/run_alarm.h"
#include "basebackup/survey.h"
#include "common/program/configured_eraser.h"
#include "common/program/human.h"
#include "common/program/policy.h"
#include "common/program/progress.h"
#include "common/program/report.h"
#include "common/program/signals.h"

namespace walden {
namespace {

constexpr const char* kProgram = "basebackup";

struct ExpireOptions {
  explicit ExpireOptions(CLI::App& app) : configuration(app) {}
  ConfigurationOptions configuration;
  std::uint64_t system_id = 0;
  bool confirm = false;
  bool accept_time = false;
  bool json = false;
};

Result<> check_policy(const RetentionPolicy& policy) {
  if (policy.configured) return {};
  return fail(ErrorKind::configuration, "no policy says what may be deleted",
              "Set keep or recovery_window in walden.toml: docs/retention.md");
}

// With --confirm on a terminal: a person who has typed the name has read it.
bool somebody_reads() {
  return ::isatty(STDIN_FILENO) == 1;
}

Result<> ask_for_name(const std::string& cluster) {
  fmt::print(stderr, "\nType the cluster's name to delete what goes: ");
  std::string typed;
  std::getline(std::cin, typed);
  if (typed == cluster) return {};
  return fail(ErrorKind::usage, fmt::format("that is not {}: nothing was deleted", cluster));
}

Result<ExpireOutcome> carry_out(const ExpireOptions& options, const Context& context,
                                const ObjectNames& names, const Opening& opening,
                                const RetentionPlan& plan) {
  const auto eraser = TRY(open_configured_eraser(context.configuration, kStorePatience));
  Progress progress(kProgram, "expire", 0);
  const ExpireTools tools{.store = *context.store,
                          .eraser = *eraser,
                          .names = names,
                          .opening = opening,
                          .tell = [&](const std::string& doing) { progress.waiting(doing); },
                          .cancel = interruption_flag()};
  ExpireOutcome outcome;
  auto done = run_expire(plan, tools, outcome);
  progress.done();
  if (done) return outcome;
  if (!options.json) {
    say(kProgram,
        fmt::format("deleted {} before it stopped", human_count(outcome.objects, "object")));
  }
  return std::unexpected(std::move(done).error());
}

Result<> check_time(const RetentionPlan& plan, const ExpireOptions& options) {
  if (!plan.leap || options.accept_time) return {};
  return fail(
      ErrorKind::configuration,
      fmt::format("nothing was stored from {} to {} UTC, and by that time more goes than "
                  "before: nothing was deleted",
                  utc_time(plan.leap->from), utc_time(plan.leap->to)),
      "Compare the clocks of this host and of the store's (date -u). If they are right, and "
      "nothing came for so long: --accept-time.");
}

// A person reads as long as they like, and says `keep` meanwhile.
Result<RetentionPlan> plan_again(const RetentionPlan& shown, const RetentionFacts& facts,
                                 const RetentionPolicy& policy, Instant now) {
  RetentionPlan plan = plan_retention(facts, policy, now, shown.as_of);
  if (goes_beyond(plan, shown)) {
    return fail(ErrorKind::transient, "more goes by now than was shown: nothing was deleted",
                "Run it again, and look at what it shows.");
  }
  for (const auto& backup : plan.backups) {
    const auto before = std::ranges::find(
        shown.backups, backup.facts.id, [](const PlannedBackup& other) { return other.facts.id; });
    if (before == shown.backups.end() || !before->goes() || backup.goes()) continue;
    say(kProgram,
        fmt::format("{} stays by now: {}", backup.facts.id, fmt::join(backup.reasons, ", ")));
  }
  return plan;
}

void print(const std::string& text) {
  fmt::print("{}", text);
  std::fflush(stdout);
}

Result<bool> expire(const ExpireOptions& options, Audit& audit) {
  if (!options.confirm) audit.say_nothing();
  const Context context = TRY(open_context(options.configuration));
  const Policy policy = TRY(read_policy(context.configuration));
  TRY(check_policy(policy.retention));
  const Opening opening = TRY(load_opening(context.configuration));
  const std::string& cluster = context.configuration.cluster;
  const ObjectNames names(
      cluster, TRY(choose_system_identifier(*context.store, cluster,
                                            context.marker.system_identifier, options.system_id)));
  const RetentionFacts facts = TRY(survey(*context.store, names, opening));
  auto arguments = TRY(options.configuration.arguments_given());
  if (options.system_id != 0) {
    arguments.insert(arguments.end(), {"--system-id", std::to_string(options.system_id)});
  }
  const Instant time = now();
  ExpireReport report{.cluster = cluster,
                      .system_identifier = names.system_identifier(),
                      .store = context.store->describe(),
                      .plan = plan_retention(facts, policy.retention, time),
                      .options = std::move(arguments)};
  if (!options.json) print(expire_text(report));
  std::optional<ExpireOutcome> outcome;
  if (options.confirm && !report.plan.nothing_to_do()) {
    TRY(check_time(report.plan, options));
    if (somebody_reads() && !report.plan.nothing_goes()) {
      TRY(ask_for_name(cluster));
      const auto facts_now = TRY(survey(*context.store, names, opening));
      report.plan = TRY(plan_again(report.plan, facts_now, policy.retention, time));
      TRY(check_time(report.plan, options));
    }
    TRY(audit.begin_or_fail());
    outcome = TRY(carry_out(options, context, names, opening, report.plan));
  }
  if (options.json) {
    print(expire_json(report, outcome)
              .dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
          "\n");
  } else {
    print(outcome_text(report, outcome));
  }
  return !outcome || outcome->held.empty();
}

}  // namespace

CommandBody add_expire(CLI::App& app) {
  auto options = std::make_shared<ExpireOptions>(app);
  app.add_flag("--confirm", options->confirm, "Delete what goes; without it nothing is changed");
  app.add_flag("--accept-time", options->accept_time,
               "Delete though nothing was stored for long: the clocks are right");
  app.add_option("--system-id", options->system_id, "The system identifier, if there are several");
  app.add_flag("--json", options->json, "For programs: docs/json.md");
  return alarmed(app, options->configuration,
                 audited(app, options->configuration, kAuditWithKey,
                         [options](Audit& audit) { return expire(*options, audit); }),
                 [options] { return options->confirm; });
}

}  // namespace walden
