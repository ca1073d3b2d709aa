// The outage matrix: what fails, at which place of a recovery, and what kind of recovery it is.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "tests/matrix/store_gate.h"

namespace walden::testing {

enum class Outage {
  store_stopped,
  store_stalls,
  connection_refused,
  dns_fails,
  certificate_wrong,
  access_denied,
  credentials_expired,
  unavailable_for_ever,
  bodies_truncated,
  front_end_killed,
  worker_killed,
  workers_keeper_killed,
  disk_full,
  configuration_unreadable,
};

enum class Place { before_consistency, mid_replay, last_segment, on_a_history };

enum class Recovery { to_latest, to_a_time, standby, standby_promoted_meanwhile };

struct OutageCase {
  Outage outage;
  Place place;
  Recovery recovery;
  bool on_s3 = false;  // this run's S3 server behind the gate instead of a fake bucket
};

// What the gate in front of the store does; none where something else fails.
[[nodiscard]] GateFault gate_fault(Outage outage);
// Another process does the work of the one that is killed: recovery does not even stop.
[[nodiscard]] bool is_bridged(Outage outage);
// Words of the cause that must stand in the server's log: one of them.
[[nodiscard]] std::vector<std::string> causes(Outage outage);

// "StoreStopped", "MidReplay", "ToATime"; together with '_' the test's name.
[[nodiscard]] std::string_view word(Outage outage);
[[nodiscard]] std::string_view word(Place place);
[[nodiscard]] std::string_view word(Recovery recovery);
[[nodiscard]] std::string name_of(const OutageCase& chosen);
void PrintTo(const OutageCase& chosen, std::ostream* stream);

// Each outage, place and kind of recovery at least once.
[[nodiscard]] std::vector<OutageCase> representative_cases();
// All of the product that is possible and not among the representative ones.
[[nodiscard]] std::vector<OutageCase> other_cases();
// Those that a network and an object store can bring about, on a real one.
[[nodiscard]] std::vector<OutageCase> representative_cases_on_s3();
[[nodiscard]] std::vector<OutageCase> other_cases_on_s3();

}  // namespace walden::testing
