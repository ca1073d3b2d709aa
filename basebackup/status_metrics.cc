#include <fmt/format.h>

#include <functional>

#include "basebackup/status_text.h"

namespace walden {
namespace {

// What a cluster has of a metric; nothing where it is not known: an absent sample, never a zero.
using Value = std::function<std::optional<double>(const JudgedCluster&)>;

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\' || c == '"') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

std::optional<double> seconds_of(const std::optional<Instant>& time) {
  if (!time) return std::nullopt;
  return static_cast<double>(time->microseconds) / 1e6;
}

template <class Number>
std::optional<double> number(const std::optional<Number>& value) {
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

std::optional<double> seconds_of(const std::optional<std::chrono::seconds>& time) {
  return time ? std::optional(static_cast<double>(time->count())) : std::nullopt;
}

// 17 digits would tell a double exactly, and people nothing.
std::string value_text(double value) {
  const auto whole = static_cast<std::int64_t>(value);
  if (static_cast<double>(whole) == value) return fmt::format("{}", whole);
  return fmt::format("{:.3f}", value);
}

struct Metric {
  std::string_view name;  // as the samples are called
  std::string_view type;
  std::string_view help;
  Value value;
};

std::string family(const Metric& metric, const std::vector<JudgedCluster>& clusters) {
  std::string samples;
  for (const JudgedCluster& one : clusters) {
    if (const auto value = metric.value(one)) {
      samples += fmt::format("{}{{cluster=\"{}\"}} {}\n", metric.name, escaped(one.status.cluster),
                             value_text(*value));
    }
  }
  if (samples.empty()) return {};
  return fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{3}", metric.name, metric.help, metric.type,
                     samples);
}

std::optional<double> newest_backup_time(const JudgedCluster& one) {
  const BackupFact* newest = newest_backup(one.status);
  return newest == nullptr ? std::nullopt : seconds_of(newest->taken());
}

std::optional<double> newest_database_size(const JudgedCluster& one) {
  const BackupFact* newest = newest_backup(one.status);
  return newest == nullptr ? std::nullopt : number(newest->database_size);
}

std::optional<double> stored_by_backups(const JudgedCluster& one) {
  if (one.status.store_error) return std::nullopt;
  std::uint64_t bytes = 0;
  for (const BackupFact& backup : one.status.backups) {
    if (!backup.stored_size) return std::nullopt;
    bytes += *backup.stored_size;
  }
  return static_cast<double>(bytes);
}

std::vector<Metric> store_metrics() {
  const auto wal = [](auto member) {
    return [member](const JudgedCluster& one) -> std::optional<double> {
      if (!one.status.wal) return std::nullopt;
      return static_cast<double>((*one.status.wal).*member);
    };
  };
  return {
      {"walden_status_timestamp_seconds", "gauge", "When this was found out.",
       [](const auto& one) { return seconds_of(std::optional(one.status.now)); }},
      {"walden_up", "gauge", "Whether the store answered.",
       [](const auto& one) { return one.status.store_error ? 0.0 : 1.0; }},
      {"walden_backups", "gauge", "Base backups in the store.",
       [](const auto& one) -> std::optional<double> {
         if (one.status.store_error) return std::nullopt;
         return static_cast<double>(one.status.backups.size());
       }},
      {"walden_newest_backup_timestamp_seconds", "gauge", "When the newest base backup was taken.",
       newest_backup_time},
      {"walden_newest_wal_timestamp_seconds", "gauge",
       "When the newest WAL segment was stored, by the store's clock.",
       [](const auto& one) {
         return one.status.wal ? seconds_of(std::optional(one.status.wal->stored)) : std::nullopt;
       }},
      {"walden_backups_stored_bytes", "gauge", "Bytes of all base backups in the store.",
       stored_by_backups},
      {"walden_database_bytes", "gauge", "Bytes of the database in the newest base backup.",
       newest_database_size},
      {"walden_wal_segments", "gauge", "WAL segments in the store.", wal(&WalFact::count)},
      {"walden_wal_stored_bytes", "gauge", "Bytes of WAL in the store.", wal(&WalFact::bytes)},
      {"walden_recovery_window_start_timestamp_seconds", "gauge",
       "The earliest moment that can be restored.",
       [](const auto& one) { return seconds_of(one.status.window_begin); }},
      {"walden_recovery_window_end_timestamp_seconds", "gauge",
       "The latest moment that can be restored, as far as it is known.",
       [](const auto& one) { return seconds_of(one.status.window_end); }},
      {"walden_wal_gaps", "gauge", "Gaps in the WAL from the oldest backup on.",
       [](const auto& one) -> std::optional<double> {
         if (!one.status.window_known) return std::nullopt;
         return static_cast<double>(one.status.holes.size());
       }},
      {"walden_store_free_bytes", "gauge", "Free bytes where the store is a directory.",
       [](const auto& one) -> std::optional<double> {
         if (!one.status.space) return std::nullopt;
         return static_cast<double>(one.status.space->available);
       }},
  };
}

std::vector<Metric> proof_metrics() {
  const auto at = [](auto member) {
    return [member](const JudgedCluster& one) {
      const auto& proof = one.status.*member;
      return proof ? seconds_of(std::optional(proof->at)) : std::nullopt;
    };
  };
  const auto good = [](auto member) {
    return [member](const JudgedCluster& one) -> std::optional<double> {
      const auto& proof = one.status.*member;
      if (!proof) return std::nullopt;
      return proof->good ? 1.0 : 0.0;
    };
  };
  return {
      {"walden_last_verify_timestamp_seconds", "gauge", "When a backup was verified last.",
       at(&ClusterStatus::verified)},
      {"walden_last_verify_good", "gauge", "Whether every byte was right then.",
       good(&ClusterStatus::verified)},
      {"walden_last_drill_timestamp_seconds", "gauge", "When a restore was tried last.",
       at(&ClusterStatus::drilled)},
      {"walden_last_drill_good", "gauge", "Whether that drill passed.",
       good(&ClusterStatus::drilled)},
      {"walden_last_drill_rto_seconds", "gauge", "How long that restore took.",
       [](const auto& one) {
         return one.status.drilled ? seconds_of(one.status.drilled->rto) : std::nullopt;
       }},
      {"walden_last_drill_rpo_seconds", "gauge", "How much that restore would have lost.",
       [](const auto& one) {
         return one.status.drilled ? seconds_of(one.status.drilled->rpo) : std::nullopt;
       }},
  };
}

std::vector<Metric> server_metrics() {
  return {
      {"walden_archiver_failing", "gauge", "Whether nothing was archived since the last failure.",
       [](const auto& one) -> std::optional<double> {
         if (!one.status.server) return std::nullopt;
         return one.status.server->archiver_failing ? 1.0 : 0.0;
       }},
      {"walden_archiver_archived_total", "counter", "WAL files that the server has archived.",
       [](const auto& one) -> std::optional<double> {
         if (!one.status.server) return std::nullopt;
         return static_cast<double>(one.status.server->archived);
       }},
      {"walden_archiver_failed_total", "counter", "Failures of the server's archiver.",
       [](const auto& one) -> std::optional<double> {
         if (!one.status.server) return std::nullopt;
         return static_cast<double>(one.status.server->failed);
       }},
      {"walden_archiver_segments_behind", "gauge", "Finished segments that the store lacks.",
       [](const auto& one) {
         return one.status.server ? number(one.status.server->segments_behind) : std::nullopt;
       }},
  };
}

std::vector<Metric> objective_metrics() {
  return {
      {"walden_objective_rpo_seconds", "gauge", "At most so much may be lost.",
       [](const auto& one) { return seconds_of(one.objectives.rpo); }},
      {"walden_objective_rto_seconds", "gauge", "At most so long until the database runs again.",
       [](const auto& one) { return seconds_of(one.objectives.rto); }},
      {"walden_objective_backup_interval_seconds", "gauge", "How often a backup is due.",
       [](const auto& one) { return seconds_of(std::optional(one.objectives.backup_every)); }},
      {"walden_objective_drill_interval_seconds", "gauge", "How often a restore drill is due.",
       [](const auto& one) { return seconds_of(std::optional(one.objectives.drill_every)); }},
  };
}

std::string judgements(const std::vector<JudgedCluster>& clusters) {
  std::string text =
      "# HELP walden_judgement_severity 0 ok, 1 warning, 2 critical, 3 unknown.\n"
      "# TYPE walden_judgement_severity gauge\n";
  for (const JudgedCluster& cluster : clusters) {
    for (const Judgement& one : cluster.judgements) {
      text += fmt::format("walden_judgement_severity{{cluster=\"{}\",name=\"{}\"}} {}\n",
                          escaped(cluster.status.cluster), one.name, exit_code(one.severity));
    }
  }
  return text;
}

}  // namespace

std::string status_metrics(const std::vector<JudgedCluster>& clusters) {
  std::string text;
  for (const auto& metrics :
       {store_metrics(), proof_metrics(), server_metrics(), objective_metrics()}) {
    for (const Metric& metric : metrics) text += family(metric, clusters);
  }
  return text + judgements(clusters);
}

}  // namespace walden
