// Clusters as `basebackup status` may find them, for tests of how they are shown.
#pragma once

#include "basebackup/status_text.h"

namespace walden::testing {

inline constexpr Instant kStatusTime{1'795'231'000'000'000};

[[nodiscard]] inline Instant before_status(std::chrono::seconds time) {
  return {kStatusTime.microseconds - std::chrono::microseconds(time).count()};
}

[[nodiscard]] inline BackupFact sample_backup_fact(const std::string& id,
                                                   std::chrono::seconds ago) {
  return {.id = id,
          .kind = "full",
          .started = before_status(ago + std::chrono::minutes(30)),
          .stopped = before_status(ago),
          .stored_size = 138'000'000'000,
          .database_size = 412'000'000'000,
          .consistent = true,
          .complete = true};
}

[[nodiscard]] inline Policy sample_policy() {
  Policy policy;
  policy.objectives.rpo = std::chrono::minutes(15);
  policy.objectives.rto = std::chrono::hours(1);
  policy.retention.recovery_window = std::chrono::hours(24 * 7);
  return policy;
}

// Eight daily backups, all in order.
[[nodiscard]] inline ClusterStatus sample_status() {
  ClusterStatus status;
  status.cluster = "orders";
  status.store = "s3://acme-pg-backups/prod";
  status.now = kStatusTime;
  status.system_identifier = 7438201938475610283;
  status.created = before_status(std::chrono::hours(24 * 60));
  for (int day = 7; day >= 0; --day) {
    status.backups.push_back(sample_backup_fact("2026112" + std::to_string(day) + "T031702Z-tl1-A0",
                                                std::chrono::hours(24 * day + 11)));
  }
  status.wal = WalFact{"00000001000000A20000007C", before_status(std::chrono::minutes(3)), 1873,
                       31'400'000'000};
  status.window_known = true;
  status.window_begin = status.backups.front().stopped;
  status.window_end = before_status(std::chrono::minutes(3));
  status.drilled = ProofFact{.at = before_status(std::chrono::hours(24 * 10)),
                             .good = true,
                             .subject = status.backups.front().id,
                             .rto = std::chrono::minutes(24),
                             .rpo = std::chrono::minutes(4)};
  return status;
}

// The same with a hole, a late backup and WAL that does not arrive.
[[nodiscard]] inline ClusterStatus sample_bad_status() {
  ClusterStatus status = sample_status();
  status.cluster = "shop <&\">";
  status.backups.resize(6);
  status.wal->stored = before_status(std::chrono::minutes(43));
  status.holes = {{"00000001000000A10000007C", "00000001000000A10000007D", 2,
                   before_status(std::chrono::hours(80)), before_status(std::chrono::hours(60))}};
  return status;
}

[[nodiscard]] inline JudgedCluster judged(const ClusterStatus& status) {
  const Policy policy = sample_policy();
  return {status, judge(status, policy), policy.objectives};
}

}  // namespace walden::testing
