#include <nlohmann/json.hpp>

#include "basebackup/expire_text.h"
#include "common/program/human.h"

namespace walden {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json backup_json(const PlannedBackup& backup) {
  return {{"id", backup.facts.id},
          {"timeline", backup.facts.timeline},
          {"started", iso_time(backup.facts.started)},
          {"stored_size", backup.facts.stored},
          {"goes", backup.goes()},
          {"reasons", backup.reasons},
          {"packs_stay_for", text_or_null(backup.referred_by)}};
}

Json remains_json(const PlannedRemains& remains) {
  return {{"id", remains.facts.id},
          {"stored_size", remains.facts.stored},
          {"goes", remains.goes},
          {"reason", text_or_null(remains.reason)}};
}

Json wal_json(const PlannedWal& wal) {
  return {{"first_segment", wal.run.first.name_on(wal.run.timeline).to_text()},
          {"last_segment", wal.run.last.name_on(wal.run.timeline).to_text()},
          {"segments", wal.run.count()},
          {"stored_size", wal.run.stored},
          {"goes", wal.goes()},
          {"reason", text_or_null(wal.reason)}};
}

template <class T>
Json list_of(const std::vector<T>& items, Json (*each)(const T&)) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(each(item));
  return list;
}

Json leap_json(const std::optional<Leap>& leap) {
  if (!leap) return {};
  return {{"from", iso_time(leap->from)}, {"to", iso_time(leap->to)}};
}

Json outcome_json(const std::optional<ExpireOutcome>& outcome) {
  if (!outcome) return {};
  return {{"objects", outcome->objects},
          {"kept_as_versions", outcome->hidden},
          {"held", outcome->held},
          {"kept", outcome->kept},
          {"spared", outcome->spared}};
}

}  // namespace

Json expire_json(const ExpireReport& report, const std::optional<ExpireOutcome>& outcome) {
  const RetentionPlan& plan = report.plan;
  return {{"cluster", report.cluster},
          {"system_identifier", std::to_string(report.system_identifier)},
          {"store", report.store},
          {"as_of", iso_time(plan.as_of)},
          {"window_from", plan.window_from ? Json(iso_time(*plan.window_from)) : Json()},
          {"time_in_doubt", leap_json(plan.leap)},
          {"backups", list_of(plan.backups, &backup_json)},
          {"unfinished", list_of(plan.remains, &remains_json)},
          {"wal", list_of(plan.wal, &wal_json)},
          {"remarks", plan.remarks},
          {"deleted", outcome_json(outcome)}};
}

}  // namespace walden
