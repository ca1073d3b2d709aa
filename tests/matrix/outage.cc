#include "tests/matrix/outage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

namespace walden::testing {
namespace {

struct Facts {
  Outage outage;
  std::string_view word;
  GateFault gate_fault;
  std::vector<std::string> causes;
};

const std::array<Facts, 14>& all_facts() {
  using enum Outage;
  static const std::array<Facts, 14> facts{{
      {store_stopped, "StoreStopped", GateFault::stopped, {"Couldn't connect to server", "reset"}},
      {store_stalls, "StoreStalls", GateFault::stalled, {"no answer", "Timeout", "timed out"}},
      {connection_refused, "ConnectionRefused", GateFault::refused, {"Couldn't connect to server"}},
      {dns_fails, "DnsFails", GateFault::none, {"Couldn't resolve host name"}},
      {certificate_wrong, "CertificateWrong", GateFault::wrong_certificate, {"certificate"}},
      {access_denied, "AccessDenied", GateFault::forbidden, {"403 AccessDenied"}},
      {credentials_expired, "CredentialsExpired", GateFault::expired, {"ExpiredToken"}},
      {unavailable_for_ever, "UnavailableForEver", GateFault::unavailable, {"503 SlowDown"}},
      {bodies_truncated, "BodiesTruncated", GateFault::truncated, {"the answer broke off"}},
      {front_end_killed,
       "FrontEndKilled",
       GateFault::none,
       {"terminated by signal 9", "exit code 137"}},
      {worker_killed, "WorkerKilled", GateFault::none, {}},
      {workers_keeper_killed, "WorkersKeeperKilled", GateFault::none, {}},
      {disk_full, "DiskFull", GateFault::none, {"No space left on device"}},
      {configuration_unreadable,
       "ConfigurationUnreadable",
       GateFault::none,
       {"walden.toml: Permission denied"}},
  }};
  return facts;
}

const Facts& facts_of(Outage outage) {
  return *std::ranges::find(all_facts(), outage, &Facts::outage);
}

constexpr std::array kPlaces{Place::before_consistency, Place::mid_replay, Place::last_segment,
                             Place::on_a_history};
constexpr std::array kRecoveries{Recovery::to_latest, Recovery::to_a_time, Recovery::standby,
                                 Recovery::standby_promoted_meanwhile};

// Before consistency there is nothing that could be promoted, and on a full disk PostgreSQL cannot
// begin a new segment. What does not stop a standby leaves no time to promote it in.
bool is_possible(const OutageCase& chosen) {
  if (chosen.recovery != Recovery::standby_promoted_meanwhile) return true;
  if (is_bridged(chosen.outage) || chosen.outage == Outage::front_end_killed ||
      chosen.outage == Outage::disk_full) {
    return false;
  }
  return chosen.place == Place::mid_replay || chosen.place == Place::last_segment;
}

bool is_possible_on_s3(const OutageCase& chosen) {
  return is_possible(chosen) && gate_fault(chosen.outage) != GateFault::none;
}

bool is_among(const std::vector<OutageCase>& cases, const OutageCase& wanted) {
  return std::ranges::any_of(cases, [&](const OutageCase& each) {
    return each.outage == wanted.outage && each.place == wanted.place &&
           each.recovery == wanted.recovery;
  });
}

std::vector<OutageCase> all_but(const std::vector<OutageCase>& left_out, bool on_s3) {
  std::vector<OutageCase> cases;
  for (const auto& facts : all_facts()) {
    for (const Place place : kPlaces) {
      for (const Recovery recovery : kRecoveries) {
        const OutageCase each{facts.outage, place, recovery, on_s3};
        if (!(on_s3 ? is_possible_on_s3(each) : is_possible(each))) continue;
        if (!is_among(left_out, each)) cases.push_back(each);
      }
    }
  }
  return cases;
}

}  // namespace

GateFault gate_fault(Outage outage) {
  return facts_of(outage).gate_fault;
}

bool is_bridged(Outage outage) {
  return facts_of(outage).causes.empty();
}

std::vector<std::string> causes(Outage outage) {
  return facts_of(outage).causes;
}

std::string_view word(Outage outage) {
  return facts_of(outage).word;
}

std::string_view word(Place place) {
  constexpr std::array<std::string_view, 4> kWords{"BeforeConsistency", "MidReplay", "LastSegment",
                                                   "OnAHistory"};
  return kWords.at(static_cast<std::size_t>(place));
}

std::string_view word(Recovery recovery) {
  constexpr std::array<std::string_view, 4> kWords{"ToLatest", "ToATime", "Standby",
                                                   "StandbyPromotedMeanwhile"};
  return kWords.at(static_cast<std::size_t>(recovery));
}

std::string name_of(const OutageCase& chosen) {
  return fmt::format("{}_{}_{}{}", word(chosen.outage), word(chosen.place), word(chosen.recovery),
                     chosen.on_s3 ? "_OnS3" : "");
}

void PrintTo(const OutageCase& chosen, std::ostream* stream) {
  *stream << name_of(chosen);
}

std::vector<OutageCase> representative_cases() {
  using enum Outage;
  using enum Place;
  using enum Recovery;
  return {{store_stopped, mid_replay, to_latest},
          {store_stalls, before_consistency, to_a_time},
          {connection_refused, last_segment, to_latest},
          {dns_fails, last_segment, to_latest},
          {certificate_wrong, mid_replay, to_a_time},
          {access_denied, last_segment, standby},
          {credentials_expired, mid_replay, standby_promoted_meanwhile},
          {unavailable_for_ever, on_a_history, standby},
          {bodies_truncated, on_a_history, to_latest},
          {front_end_killed, mid_replay, to_latest},
          {worker_killed, mid_replay, to_latest},
          {workers_keeper_killed, mid_replay, to_latest},
          {disk_full, mid_replay, to_latest},
          {configuration_unreadable, mid_replay, standby}};
}

std::vector<OutageCase> other_cases() {
  return all_but(representative_cases(), /*on_s3=*/false);
}

std::vector<OutageCase> representative_cases_on_s3() {
  return {{Outage::store_stopped, Place::mid_replay, Recovery::to_latest, true},
          {Outage::unavailable_for_ever, Place::last_segment, Recovery::standby, true}};
}

std::vector<OutageCase> other_cases_on_s3() {
  return all_but(representative_cases_on_s3(), /*on_s3=*/true);
}

}  // namespace walden::testing
