#include "basebackup/drill_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

#include "common/program/human.h"

namespace walden {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array<std::pair<Verdict, std::string_view>, 4> kWords = {
    {{Verdict::ok, "ok"},
     {Verdict::warn, "warn"},
     {Verdict::fail, "fail"},
     {Verdict::not_asked, "not_asked"}}};

// Thrown only within this file, beside what the library throws.
struct Malformed {
  std::string what;
};

template <class Duration>
Json count_or_null(const std::optional<Duration>& time) {
  return time ? Json(time->count()) : Json();
}

Json time_or_null(const std::optional<Instant>& time) {
  return time ? Json(iso_time(*time)) : Json();
}

Json step_json(const DrillStep& step) {
  const auto word =
      std::ranges::find(kWords, step.fact.verdict, &decltype(kWords)::value_type::first);
  return {{"name", step.fact.name},
          {"verdict", word->second},
          {"text", step.fact.text},
          {"remedy", step.fact.remedy.empty() ? Json() : Json(step.fact.remedy)},
          {"took_ms", step.took.count()}};
}

Json backup_json(const DrilledBackup& backup) {
  return {{"id", backup.id},
          {"started", iso_time(backup.started)},
          {"stopped", iso_time(backup.stopped)},
          {"server_version", backup.server_version},
          {"database_size", backup.database_size},
          {"segments", backup.segments},
          {"wal_bytes", backup.wal_bytes}};
}

std::uint64_t get_count(const Json& json, const char* key) {
  const auto& value = json.at(key);
  if (!value.is_number_unsigned()) throw Malformed{fmt::format("{} is not a count", key)};
  return value.get<std::uint64_t>();
}

bool is_null(const Json& json, const char* key) {
  return !json.contains(key) || json.at(key).is_null();
}

Instant get_time(const Json& json, const char* key) {
  const auto parsed = parse_time(json.at(key).get<std::string>());
  if (!parsed || !parsed->zone_was_given) throw Malformed{fmt::format("{} is not a time", key)};
  return parsed->time;
}

std::optional<Instant> get_time_or_nothing(const Json& json, const char* key) {
  if (is_null(json, key)) return std::nullopt;
  return get_time(json, key);
}

template <class Duration>
Duration get_duration(const Json& json, const char* key) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int32_t>::max() * std::uint64_t{1000};
  const std::uint64_t count = get_count(json, key);
  if (count > kMost) throw Malformed{fmt::format("{} is too large", key)};
  return Duration(static_cast<std::int64_t>(count));
}

template <class Duration>
std::optional<Duration> get_duration_or_nothing(const Json& json, const char* key) {
  if (is_null(json, key)) return std::nullopt;
  return get_duration<Duration>(json, key);
}

std::string get_text(const Json& json, const char* key) {
  return json.at(key).get<std::string>();
}

std::string text_or_nothing(const Json& json, const char* key) {
  return is_null(json, key) ? "" : get_text(json, key);
}

std::uint64_t get_identifier(const Json& json) {
  const auto text = get_text(json, "system_identifier");
  std::uint64_t value = 0;
  const char* last = text.data() + text.size();
  if (std::from_chars(text.data(), last, value).ptr != last || value == 0) {
    throw Malformed{"system_identifier is not a number"};
  }
  return value;
}

DrillStep get_step(const Json& json) {
  const auto verdict =
      std::ranges::find(kWords, get_text(json, "verdict"), &decltype(kWords)::value_type::second);
  if (verdict == kWords.end()) throw Malformed{"a verdict that is none"};
  return {{get_text(json, "name"), verdict->first, get_text(json, "text"),
           text_or_nothing(json, "remedy")},
          get_duration<milliseconds>(json, "took_ms")};
}

DrilledBackup get_backup(const Json& json) {
  const auto version = get_count(json, "server_version");
  if (version > std::numeric_limits<int>::max()) throw Malformed{"server_version is too large"};
  return {.id = get_text(json, "id"),
          .started = get_time(json, "started"),
          .stopped = get_time(json, "stopped"),
          .server_version = static_cast<int>(version),
          .database_size = get_count(json, "database_size"),
          .segments = get_count(json, "segments"),
          .wal_bytes = get_count(json, "wal_bytes")};
}

DrillReport get_report(const Json& json) {
  DrillReport report;
  report.id = get_text(json, "id");
  report.cluster = get_text(json, "cluster");
  report.system_identifier = get_identifier(json);
  report.store = get_text(json, "store");
  report.host = get_text(json, "host");
  report.begun = get_time(json, "begun");
  report.ended = get_time(json, "ended");
  report.target = get_text(json, "target");
  report.target_time = get_time_or_nothing(json, "target_time");
  if (!is_null(json, "seed")) report.seed = get_count(json, "seed");
  if (!is_null(json, "backup")) report.backup = get_backup(json.at("backup"));
  report.replayed_to = text_or_nothing(json, "replayed_to");
  report.last_commit = get_time_or_nothing(json, "last_commit");
  report.times = {.plan = get_duration_or_nothing<milliseconds>(json, "plan_ms"),
                  .restore = get_duration_or_nothing<milliseconds>(json, "restore_ms"),
                  .recovery = get_duration_or_nothing<milliseconds>(json, "recovery_ms"),
                  .checks = get_duration_or_nothing<milliseconds>(json, "checks_ms")};
  report.rto = get_duration_or_nothing<milliseconds>(json, "rto_ms");
  report.rpo = get_duration_or_nothing<milliseconds>(json, "rpo_ms");
  report.rto_objective = get_duration_or_nothing<seconds>(json, "rto_objective_s");
  report.rpo_objective = get_duration_or_nothing<seconds>(json, "rpo_objective_s");
  for (const auto& database : json.at("databases")) {
    report.databases.push_back(
        {get_text(database, "name"), get_count(database, "tables"), get_count(database, "bytes")});
  }
  for (const auto& step : json.at("steps")) report.steps.push_back(get_step(step));
  report.server_log = json.at("server_log").get<std::vector<std::string>>();
  return report;
}

DrillOutline get_outline(const Json& json) {
  return {.id = get_text(json, "id"),
          .cluster = get_text(json, "cluster"),
          .system_identifier = get_identifier(json),
          .passed = json.at("passed").get<bool>(),
          .begun = get_time(json, "begun"),
          .ended = get_time(json, "ended"),
          .backup = text_or_nothing(json, "backup"),
          .target_time = get_time_or_nothing(json, "target_time"),
          .rto = get_duration_or_nothing<milliseconds>(json, "rto_ms"),
          .rpo = get_duration_or_nothing<milliseconds>(json, "rpo_ms"),
          .rto_objective = get_duration_or_nothing<seconds>(json, "rto_objective_s"),
          .rpo_objective = get_duration_or_nothing<seconds>(json, "rpo_objective_s"),
          .failed = json.at("failed").get<std::vector<std::string>>(),
          .without = json.value("without", std::vector<std::string>{})};
}

// `key` holds the version and says what it is.
template <class T>
Result<T> parse(std::string_view text, const char* key, T (*get)(const Json&)) {
  try {
    const Json json = Json::parse(text);
    if (get_count(json, key) > kDrillVersion) {
      return fail(ErrorKind::configuration, "it was written by a newer version of Walden",
                  "Upgrade Walden on this host.");
    }
    return get(json);
  } catch (const Json::exception&) {
    return fail(ErrorKind::corrupt, fmt::format("it is not a {}", key));
  } catch (const Malformed& malformed) {
    return fail(ErrorKind::corrupt, fmt::format("it is not a {}: {}", key, malformed.what));
  }
}

}  // namespace

Json drill_report_json(const DrillReport& report) {
  Json databases = Json::array();
  for (const auto& database : report.databases) {
    databases.push_back(
        {{"name", database.name}, {"tables", database.tables}, {"bytes", database.bytes}});
  }
  Json steps = Json::array();
  for (const auto& step : report.steps) steps.push_back(step_json(step));
  return {{"walden_drill", kDrillVersion},
          {"id", report.id},
          {"cluster", report.cluster},
          {"system_identifier", std::to_string(report.system_identifier)},
          {"store", report.store},
          {"host", report.host},
          {"passed", report.passed()},
          {"begun", iso_time(report.begun)},
          {"ended", iso_time(report.ended)},
          {"target", report.target},
          {"target_time", time_or_null(report.target_time)},
          {"seed", report.seed ? Json(*report.seed) : Json()},
          {"backup", report.backup ? backup_json(*report.backup) : Json()},
          {"replayed_to", report.replayed_to.empty() ? Json() : Json(report.replayed_to)},
          {"last_commit", time_or_null(report.last_commit)},
          {"plan_ms", count_or_null(report.times.plan)},
          {"restore_ms", count_or_null(report.times.restore)},
          {"recovery_ms", count_or_null(report.times.recovery)},
          {"checks_ms", count_or_null(report.times.checks)},
          {"rto_ms", count_or_null(report.rto)},
          {"rpo_ms", count_or_null(report.rpo)},
          {"rto_objective_s", count_or_null(report.rto_objective)},
          {"rpo_objective_s", count_or_null(report.rpo_objective)},
          {"databases", std::move(databases)},
          {"steps", std::move(steps)},
          {"server_log", report.server_log}};
}

Json drill_outline_json(const DrillOutline& outline) {
  return {{"walden_drill_outline", kDrillVersion},
          {"id", outline.id},
          {"cluster", outline.cluster},
          {"system_identifier", std::to_string(outline.system_identifier)},
          {"passed", outline.passed},
          {"begun", iso_time(outline.begun)},
          {"ended", iso_time(outline.ended)},
          {"backup", outline.backup.empty() ? Json() : Json(outline.backup)},
          {"target_time", time_or_null(outline.target_time)},
          {"rto_ms", count_or_null(outline.rto)},
          {"rpo_ms", count_or_null(outline.rpo)},
          {"rto_objective_s", count_or_null(outline.rto_objective)},
          {"rpo_objective_s", count_or_null(outline.rpo_objective)},
          {"failed", outline.failed},
          {"without", outline.without}};
}

Result<DrillReport> parse_drill_report(std::string_view text) {
  return parse<DrillReport>(text, "walden_drill", get_report);
}

Result<DrillOutline> parse_drill_outline(std::string_view text) {
  return parse<DrillOutline>(text, "walden_drill_outline", get_outline);
}

}  // namespace walden
