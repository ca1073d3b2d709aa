#include "tests/basebackup/sample_drill.h"

namespace walden::testing {

DrillReport sample_drill() {
  using std::chrono::milliseconds;
  constexpr std::int64_t kSecond = 1'000'000;
  constexpr std::int64_t kBegun = 1'795'302'301 * kSecond;
  DrillReport report;
  report.id = "20261121T230501Z";
  report.cluster = "orders";
  report.system_identifier = 7438201938475610283;
  report.store = "s3://acme-pg-backups/prod";
  report.host = "drill1";
  report.begun = {kBegun};
  report.ended = {kBegun + 900 * kSecond};
  report.target = "the newest archived WAL";
  report.backup = DrilledBackup{.id = "20261121T031702Z-tl1-AF4C",
                                .started = {kBegun - 70000 * kSecond},
                                .stopped = {kBegun - 69000 * kSecond},
                                .server_version = 150018,
                                .database_size = 412'000'000'000,
                                .segments = 1873,
                                .wal_bytes = 31'400'000'000};
  report.replayed_to = "A2/7C000028";
  report.last_commit = Instant{kBegun - 300 * kSecond};
  report.times = {.plan = milliseconds(10'000),
                  .restore = milliseconds(290'000),
                  .recovery = milliseconds(300'000),
                  .checks = milliseconds(240'000)};
  report.rto_objective = std::chrono::hours(1);
  report.rpo_objective = std::chrono::minutes(15);
  report.databases = {{"orders", 12, 1'000'000}, {"postgres", 3, 1000}};
  report.steps = {{good("plan", "found"), milliseconds(10'000)}, {good("read", "15 tables")}};
  judge_objectives(report);
  return report;
}

}  // namespace walden::testing
