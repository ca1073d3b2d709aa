// What a drill found: step by step for people, and as an outline that can be read without a key.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/check_fact.h"
#include "common/bytes/instant.h"
#include "common/program/policy.h"

namespace walden {

inline constexpr int kDrillVersion = 1;

// One step, or what one check found. `fact.name` is one of the words in docs/json.md.
struct DrillStep {
  Fact fact;
  std::chrono::milliseconds took{0};
};

struct DrilledDatabase {
  std::string name;
  std::uint64_t tables = 0;
  std::uint64_t bytes = 0;  // of rows as text, as they were read
};

// What was restored. Known once the plan stands.
struct DrilledBackup {
  std::string id;
  Instant started;  // by the clock of the host that took it
  Instant stopped;
  int server_version = 0;  // 150018 for 15.18
  std::uint64_t database_size = 0;
  std::uint64_t segments = 0;  // of WAL to replay
  std::uint64_t wal_bytes = 0;
};

struct DrillTimes {
  std::optional<std::chrono::milliseconds> plan;
  std::optional<std::chrono::milliseconds> restore;
  std::optional<std::chrono::milliseconds> recovery;  // start of the server, replay, opening
  std::optional<std::chrono::milliseconds> checks;
};

struct DrillReport {
  std::string id;
  std::string cluster;
  std::uint64_t system_identifier = 0;
  std::string store;
  std::string host;
  Instant begun;
  Instant ended;
  std::string target;                  // for people
  std::optional<Instant> target_time;  // absent: the newest
  std::optional<std::uint64_t> seed;   // that chose it
  std::optional<DrilledBackup> backup;
  std::string replayed_to;             // LSN
  std::optional<Instant> last_commit;  // the newest transaction that came back
  DrillTimes times;
  // From the drill's beginning until the server was open for writing.
  std::optional<std::chrono::milliseconds> rto;
  // From the newest transaction that came back to the drill's beginning; of the newest target only.
  std::optional<std::chrono::milliseconds> rpo;
  std::optional<std::chrono::seconds> rto_objective;
  std::optional<std::chrono::seconds> rpo_objective;
  std::vector<DrilledDatabase> databases;
  std::vector<DrillStep> steps;
  std::vector<std::string> server_log;  // its end, where the server failed

  [[nodiscard]] bool passed() const;  // no step failed, and there are steps
  [[nodiscard]] std::size_t failures() const;
};

// What monitoring may know: no names of databases, tables or checks, no sizes.
struct DrillOutline {
  std::string id;
  std::string cluster;
  std::uint64_t system_identifier = 0;
  bool passed = false;
  Instant begun;
  Instant ended;
  std::string backup;                  // id; empty: there was none
  std::optional<Instant> target_time;  // absent: the newest
  std::optional<std::chrono::milliseconds> rto;
  std::optional<std::chrono::milliseconds> rpo;
  std::optional<std::chrono::seconds> rto_objective;
  std::optional<std::chrono::seconds> rpo_objective;
  std::vector<std::string> failed;   // the names of the steps that failed
  std::vector<std::string> without;  // of those that this host could not ask: no pg_amcheck
};

[[nodiscard]] DrillOutline outline_of(const DrillReport& report);

// Sets `rto` and `rpo` from what was measured and adds a step for each, against the objectives:
// failed when it was missed, and when the drill did not come far enough to measure it. Without an
// objective it is told and not judged; not asked where there is nothing to measure, which is no
// lack.
void judge_objectives(DrillReport& report);

// "15.18" for 150018.
[[nodiscard]] std::string version_text(int server_version);

}  // namespace walden
