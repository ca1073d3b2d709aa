#include "common/program/policy.h"

#include <algorithm>
#include <array>

#include "common/program/policy_table.h"

namespace walden {
namespace {

constexpr std::array<std::string_view, 6> kKeys = {
    "keep", "recovery_window", "minimum_backups", "objectives", "drill", "alert"};

using Path = std::filesystem::path;

Result<> read_retention(PolicyTable& top, const Path& file, RetentionPolicy& retention) {
  retention.configured = top.has("keep") || top.has("recovery_window");
  std::chrono::seconds window{0};
  top.duration("recovery_window", window);
  if (top.has("recovery_window")) retention.recovery_window = window;
  if (retention.recovery_window == std::chrono::seconds(0)) {
    top.refuse("recovery_window", "must be longer than nothing: write \"7d\", or leave it out");
  }
  top.count("minimum_backups", retention.minimum_backups, 10'000);
  if (retention.minimum_backups == 0) {
    top.refuse("minimum_backups", "must be at least 1: the newest backup is never deleted");
  }
  const toml::table* keep = top.table("keep");
  if (keep == nullptr) return {};
  PolicyTable rule(*keep, "keep.", file);
  rule.count("daily", retention.keep.daily, 10'000);
  rule.count("weekly", retention.keep.weekly, 10'000);
  rule.count("monthly", retention.keep.monthly, 10'000);
  rule.count("yearly", retention.keep.yearly, 10'000);
  TRY(rule.finish());
  if (retention.keep == KeepRule{}) {
    top.refuse("keep", "keeps nothing: write { daily = 7 }, or leave it out");
  }
  return {};
}

Result<> read_objectives(PolicyTable& top, const Path& file, Objectives& objectives) {
  const toml::table* found = top.table("objectives");
  if (found == nullptr) return {};
  PolicyTable table(*found, "objectives.", file);
  std::chrono::seconds objective{0};
  table.duration("rpo", objective);
  if (table.has("rpo")) objectives.rpo = objective;
  table.duration("rto", objective);
  if (table.has("rto")) objectives.rto = objective;
  table.duration("backup_every", objectives.backup_every);
  table.duration("drill_every", objectives.drill_every);
  return table.finish();
}

Result<DrillCheck> read_check(const toml::table& found, const Path& file) {
  PolicyTable table(found, "drill.check.", file);
  DrillCheck check{.name = {}, .database = "postgres", .sql = {}, .expect = {}};
  table.text("name", check.name);
  table.text("database", check.database);
  table.text("sql", check.sql);
  table.text("expect", check.expect);
  for (const char* needed : {"sql", "expect"}) {
    if (!table.has(needed)) table.refuse(needed, "is missing");
  }
  TRY(table.finish());
  if (check.name.empty()) check.name = check.sql;
  return check;
}

Result<> read_drill(PolicyTable& top, const Path& file, DrillPolicy& drill) {
  const toml::table* found = top.table("drill");
  if (found == nullptr) return {};
  PolicyTable table(*found, "drill.", file);
  table.path("directory", drill.directory);
  table.path("bindir", drill.bindir);
  for (const toml::table* check : table.tables("check")) {
    drill.checks.push_back(TRY(read_check(*check, file)));
  }
  return table.finish();
}

Result<> read_alert(PolicyTable& top, const Path& file, AlertPolicy& alert) {
  const toml::table* found = top.table("alert");
  if (found == nullptr) return {};
  PolicyTable table(*found, "alert.", file);
  table.duration("after", alert.after);
  table.duration("repeat", alert.repeat);
  table.text("mail_server", alert.mail_server);
  table.text("mail_from", alert.mail_from);
  table.texts("mail_to", alert.mail_to);
  table.text("mail_user", alert.mail_user);
  table.path("mail_password_file", alert.mail_password_file);
  table.path("mail_ca_file", alert.mail_ca_file);
  table.text("webhook", alert.webhook);
  table.path("webhook_file", alert.webhook_file);
  table.text("command", alert.command);
  table.text("heartbeat", alert.heartbeat);
  if (alert.mail_server.empty() != alert.mail_to.empty()) {
    table.refuse(alert.mail_to.empty() ? "mail_server" : "mail_to",
                 "needs the other of mail_server and mail_to");
  }
  return table.finish();
}

}  // namespace

bool is_policy_key(std::string_view key) {
  return std::ranges::find(kKeys, key) != kKeys.end();
}

Result<Policy> read_policy(const Configuration& configuration) {
  Policy policy;
  if (!configuration.file) return policy;
  const Path& file = *configuration.file;
  const toml::table content = TRY(read_toml(file));
  PolicyTable top(content, "", file);
  for (const auto& [key, node] : content) {
    if (!is_policy_key(key.str())) top.ignore(key.str());
  }
  TRY(read_retention(top, file, policy.retention));
  TRY(read_objectives(top, file, policy.objectives));
  TRY(read_drill(top, file, policy.drill));
  TRY(read_alert(top, file, policy.alert));
  TRY(top.finish());
  return policy;
}

}  // namespace walden
