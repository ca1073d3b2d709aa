#include "wal-push-worker/push_alarm.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "common/alert/alert_round.h"
#include "common/program/human.h"
#include "common/program/state_directory.h"
#include "wal-push-worker/failure_note.h"

namespace walden {
namespace {

constexpr const char* kNote = "push-failing";
constexpr const char* kMemory = "alerts-push.json";
constexpr std::chrono::milliseconds kLeastShare{5'000};  // less is too short for TLS and a login
constexpr auto kBetweenTries = std::chrono::minutes(1);

std::chrono::microseconds between(Instant from, Instant to) {
  return std::chrono::microseconds(to.microseconds - from.microseconds);
}

}  // namespace

std::unique_ptr<PushAlarm> PushAlarm::create(const Configuration& configuration,
                                             std::chrono::milliseconds patience, Say say) {
  const auto policy = read_policy(configuration);
  if (!policy) {
    say(policy.error().cause);
    return nullptr;
  }
  if (!policy->alert.configured()) return nullptr;
  const auto directory = state_directory(configuration);
  if (!directory) {
    say("nobody is told when segments cannot be stored: " + directory.error().cause);
    return nullptr;
  }
  return std::unique_ptr<PushAlarm>(
      new PushAlarm(policy->alert, configuration.cluster, *directory, patience, std::move(say)));
}

PushAlarm::PushAlarm(AlertPolicy policy, std::string cluster, std::filesystem::path directory,
                     std::chrono::milliseconds patience, Say say)
    : policy_(std::move(policy)),
      cluster_(std::move(cluster)),
      directory_(std::move(directory)),
      patience_(patience),
      say_(std::move(say)) {
  std::error_code error;
  noted_ = std::filesystem::exists(directory_ / kNote, error) || error;
}

void PushAlarm::begin(Instant began) {
  noted_ = true;
  const auto written = write_failure_note(directory_ / kNote, {began, now()});
  if (!written) say_(written.error().cause);
}

void PushAlarm::failed(const std::string& file, const Error& why, Instant began) {
  const std::lock_guard lock(mutex_);
  const Instant time = now();
  const auto note = read_failure_note(directory_ / kNote, time);
  const bool known = note && note->since;
  // A clock that was set back since must not put the alert off.
  const Instant since = known ? std::min(*note->since, began) : began;
  if (!known || since != *note->since) begin(since);
  if (between(since, time) < policy_.after) return;
  (void)tell({{.name = "push",
               .critical = true,
               .what = fmt::format("wal-push cannot store {}: {}", file, why.cause),
               .since = since,
               .endangers = "pg_wal grows until its disk is full and the server stops; what is "
                            "committed now is on the server alone",
               .command = why.remedy.empty() ? "basebackup check" : why.remedy}});
}

// The note stays until everybody knows who was told.
bool PushAlarm::is_time_to_tell_end() {
  const Instant time = now();
  const auto note = read_failure_note(directory_ / kNote, time);
  if (!note) {
    noted_ = false;
    return false;
  }
  const auto waited = between(note->written, time);
  if (!note->since && waited >= std::chrono::seconds(0) && waited < kBetweenTries) return false;
  const auto written = write_failure_note(directory_ / kNote, {std::nullopt, time});
  if (!written) say_(written.error().cause);
  return true;
}

void PushAlarm::succeeded() {
  if (!noted_) return;
  const std::lock_guard lock(mutex_);
  if (!noted_ || !is_time_to_tell_end() || !tell({})) return;
  std::error_code error;
  std::filesystem::remove(directory_ / kNote, error);
  if (!error) noted_ = false;
}

bool PushAlarm::tell(const std::vector<Problem>& problems) {
  const auto channels = channels_of(policy_);
  const auto share = std::max(
      patience_ / static_cast<int>(std::max<std::size_t>(channels.size(), 1)), kLeastShare);
  const AlertOutcome outcome = walden::tell({.memory = directory_ / kMemory,
                                             .cluster = cluster_,
                                             .repeat = policy_.repeat,
                                             .patience = share},
                                            channels, {.problems = problems}, now());
  for (const Error& error : outcome.failures) say_(error.cause);
  return outcome.good();
}

}  // namespace walden
