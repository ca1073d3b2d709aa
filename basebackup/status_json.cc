#include <nlohmann/json.hpp>

#include "basebackup/status_text.h"
#include "common/program/human.h"

namespace walden {
namespace {

using Json = nlohmann::ordered_json;

Json time_or_null(const std::optional<Instant>& time) {
  return time ? Json(iso_time(*time)) : Json();
}
Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}
template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}
Json or_null(const std::optional<std::chrono::seconds>& time) {
  return time ? Json(time->count()) : Json();
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return lower;
}

Json judgement_json(const Judgement& one) {
  return {{"name", one.name},
          {"severity", lower_case(to_string(one.severity))},
          {"text", one.sentence},
          {"since", time_or_null(one.since)},
          {"endangers", text_or_null(one.endangers)},
          {"remedy", text_or_null(one.remedy)}};
}

Json backup_json(const BackupFact& backup) {
  return {{"id", backup.id},
          {"kind", text_or_null(backup.kind)},
          {"started", time_or_null(backup.started)},
          {"stopped", time_or_null(backup.stopped)},
          {"stored_size", or_null(backup.stored_size)},
          {"database_size", or_null(backup.database_size)},
          {"consistent", or_null(backup.consistent)},
          {"complete", or_null(backup.complete)},
          {"damaged", !backup.damaged.empty()}};
}

Json window_json(const ClusterStatus& status) {
  if (!status.window_known || !status.window_begin) return {};
  Json holes = Json::array();
  for (const WalHoleFact& hole : status.holes) {
    holes.push_back({{"first_segment", hole.first},
                     {"last_segment", hole.last},
                     {"segments", hole.count},
                     {"from", time_or_null(hole.from)},
                     {"to", time_or_null(hole.to)}});
  }
  return {{"begin", iso_time(*status.window_begin)},
          {"end", time_or_null(status.window_end)},
          {"end_is_least", status.window_end_is_least},
          {"holes", std::move(holes)}};
}

Json wal_json(const std::optional<WalFact>& wal) {
  if (!wal) return {};
  return {{"segment", wal->newest},
          {"stored", iso_time(wal->stored)},
          {"segments", wal->count},
          {"stored_size", wal->bytes}};
}

Json proof_json(const std::optional<ProofFact>& proof) {
  if (!proof) return {};
  return {{"at", iso_time(proof->at)},
          {"good", proof->good},
          {"subject", text_or_null(proof->subject)},
          {"rto", or_null(proof->rto)},
          {"rpo", or_null(proof->rpo)}};
}

Json drill_json(const std::optional<ProofFact>& drill) {
  Json json = proof_json(drill);
  if (drill) json["without"] = drill->without;
  return json;
}

Json server_json(const std::optional<ServerFact>& server) {
  if (!server) return {};
  return {{"standby", server->is_standby},
          {"archiver_failing", server->archiver_failing},
          {"archived", server->archived},
          {"failed", server->failed},
          {"last_failed_wal", text_or_null(server->last_failed_wal)},
          {"last_archived_ago", or_null(server->last_archived_ago)},
          {"last_failed_ago", or_null(server->last_failed_ago)},
          {"archive_timeout", server->archive_timeout.count()},
          {"segments_behind", or_null(server->segments_behind)}};
}

Json space_json(const std::optional<SpaceFact>& space) {
  if (!space) return {};
  return {{"directory", space->directory}, {"free", space->available}, {"size", space->capacity}};
}

Json expire_json(const std::optional<ExpireFact>& expire) {
  if (!expire) return {};
  return {{"backups", expire->backups}, {"bytes", expire->bytes}};
}

Json cluster_json(const JudgedCluster& cluster) {
  const ClusterStatus& status = cluster.status;
  Json judgements = Json::array();
  for (const Judgement& one : cluster.judgements) judgements.push_back(judgement_json(one));
  Json backups = Json::array();
  for (const BackupFact& backup : status.backups) backups.push_back(backup_json(backup));
  return {{"cluster", status.cluster},
          {"store", status.store},
          {"system_identifier",
           status.system_identifier == 0 ? Json() : Json(std::to_string(status.system_identifier))},
          {"severity", lower_case(to_string(worst(cluster.judgements)))},
          {"judgements", std::move(judgements)},
          {"window", window_json(status)},
          {"newest_wal", wal_json(status.wal)},
          {"backups", std::move(backups)},
          {"unfinished", status.unfinished},
          {"verify", proof_json(status.verified)},
          {"drill", drill_json(status.drilled)},
          {"server", server_json(status.server)},
          {"space", space_json(status.space)},
          {"expire", expire_json(status.expire)}};
}

}  // namespace

Json status_json(const std::vector<JudgedCluster>& clusters) {
  Json all = Json::array();
  for (const JudgedCluster& one : clusters) all.push_back(cluster_json(one));
  return {{"severity", lower_case(to_string(worst(clusters)))},
          {"asked", clusters.empty() ? Json() : Json(iso_time(clusters.front().status.now))},
          {"clusters", std::move(all)}};
}

}  // namespace walden
