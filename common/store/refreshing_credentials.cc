#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "common/store/aws_credentials.h"

namespace walden {
namespace {

using std::chrono::seconds;
using Time = std::chrono::system_clock::time_point;
using Shared = std::shared_ptr<const AwsCredentials>;

constexpr Time::duration kLead = std::chrono::minutes(15);
// After a refresh that failed or gave nothing new: each request would ask the service again.
constexpr Time::duration kPause = seconds(30);

bool same(const AwsCredentials& a, const AwsCredentials& b) {
  return a.access_key_id == b.access_key_id &&
         std::ranges::equal(a.secret_access_key.view(), b.secret_access_key.view()) &&
         std::ranges::equal(a.session_token.view(), b.session_token.view());
}

// What throws would leave those who wait for the fetch waiting for ever.
Result<AwsCredentials> fetch_from(CredentialSource& source, Deadline deadline) {
  try {
    return source.fetch(deadline);
  } catch (const std::exception& error) {
    return fail(ErrorKind::local_io, fmt::format("{}: {}", source.describe(), error.what()));
  }
}

}  // namespace

struct RefreshingCredentials::State {
  [[nodiscard]] bool usable(Time time) const {
    return held && !rejected && (!held->expires || time < *held->expires);
  }
  [[nodiscard]] bool fresh(Time time) const { return usable(time) && time < refresh_at; }
  void keep(AwsCredentials fetched, Time time);
  [[nodiscard]] Result<Shared> refresh(std::unique_lock<std::mutex>& lock, Deadline deadline);

  std::unique_ptr<CredentialSource> source;
  Now now = nullptr;
  std::mutex mutex;
  std::condition_variable fetched;
  Shared held;
  bool rejected = false;
  Time refresh_at;
  Time again_at = Time::min();  // no fetch for the sake of a rejection before
  bool fetching = false;
  std::uint64_t fetches = 0;          // that have ended
  std::optional<Error> last_failure;  // of the latest of them
};

void RefreshingCredentials::State::keep(AwsCredentials credentials, Time time) {
  const bool nothing_new = rejected && held && same(*held, credentials);
  // Keys without an end are not asked for again, unless they are rejected.
  refresh_at = Time::max();
  if (credentials.expires) {
    const Time::duration life = *credentials.expires - time;
    refresh_at = *credentials.expires - std::min(kLead, life / 2);
  }
  if (nothing_new) again_at = time + kPause;
  // The same keys with a later end are others: those held may be past theirs.
  if (!nothing_new || held->expires != credentials.expires) {
    held = std::make_shared<const AwsCredentials>(std::move(credentials));
  }
  rejected = false;
}

// The lock is not held while the source is asked.
Result<Shared> RefreshingCredentials::State::refresh(std::unique_lock<std::mutex>& lock,
                                                     Deadline deadline) {
  fetching = true;
  lock.unlock();
  auto credentials = fetch_from(*source, deadline);
  const Time time = now();
  if (credentials && credentials->expires && *credentials->expires <= time) {
    credentials = fail(ErrorKind::transient,
                       fmt::format("{}: what it gave has expired already", source->describe()),
                       "If it goes on, see whether this host's clock is right");
  }
  lock.lock();
  fetching = false;
  ++fetches;
  last_failure.reset();
  if (credentials) {
    keep(std::move(*credentials), time);
  } else {
    last_failure = credentials.error();
    refresh_at = time + kPause;
  }
  fetched.notify_all();
  if (usable(time)) return held;
  return std::unexpected(last_failure.value_or(
      Error{ErrorKind::transient, source->describe() + ": no credentials that are valid", {}}));
}

RefreshingCredentials::RefreshingCredentials(std::unique_ptr<CredentialSource> source, Now now)
    : state_(new State) {
  state_->source = std::move(source);
  state_->now = now;
}

RefreshingCredentials::~RefreshingCredentials() = default;

Result<Shared> RefreshingCredentials::current(Deadline deadline) {
  State& state = *state_;
  std::unique_lock lock(state.mutex);
  const Time time = state.now();
  if (state.fresh(time) || (state.fetching && state.usable(time))) return state.held;
  if (!state.fetching) return state.refresh(lock, deadline);
  // What the fetch under way ends in is this one's answer too: one after the other, many who wait
  // would ask a service that is down for minutes.
  const std::uint64_t before = state.fetches;
  if (!state.fetched.wait_until(lock, deadline, [&] { return state.fetches != before; })) {
    return fail(
        ErrorKind::transient,
        fmt::format("{}: others are waiting for its answer too, and it did not come in time",
                    state.source->describe()));
  }
  if (state.usable(state.now())) return state.held;
  if (state.last_failure) return std::unexpected(*state.last_failure);
  return state.refresh(lock, deadline);
}

bool RefreshingCredentials::reject(const Shared& rejected) {
  State& state = *state_;
  const std::scoped_lock lock(state.mutex);
  if (rejected != state.held) return true;  // others are there already
  if (state.rejected) return true;          // or on their way
  if (state.now() < state.again_at) return false;
  state.rejected = true;
  return true;
}

std::string RefreshingCredentials::describe() const {
  return state_->source->describe();
}

}  // namespace walden
