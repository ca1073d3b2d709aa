#include "bench/caller/keeper.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <ctime>

namespace walden::bench {
namespace {

constexpr std::chrono::milliseconds kPause{50};
constexpr std::chrono::seconds kPatience{10};

sigset_t ending_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGQUIT}) ::sigaddset(&set, signal);
  return set;
}

void signal_all(int signal) {
  for (const pid_t pid : descendants()) ::kill(pid, signal);
}

// False when there are children left.
bool reap() {
  for (;;) {
    const pid_t ended = ::waitpid(-1, nullptr, WNOHANG);
    if (ended < 0) return true;
    if (ended == 0) return false;
  }
}

// A process that is just starting another escapes a single look: hence again and again.
void end_descendants() {
  const auto begun = std::chrono::steady_clock::now();
  while (!reap()) {
    const bool late = std::chrono::steady_clock::now() - begun > kPatience;
    signal_all(late ? SIGKILL : SIGTERM);
    std::this_thread::sleep_for(kPause);
  }
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

Keeper::Keeper() {
  const sigset_t signals = ending_signals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // the bench was killed
  thread_ = std::thread([this] { keep(); });
}

Keeper::~Keeper() {
  over_ = true;
  thread_.join();
}

void Keeper::keep() {
  const sigset_t signals = ending_signals();
  const timespec pause{0, std::chrono::nanoseconds(kPause).count()};
  while (!over_) {
    const int signal = ::sigtimedwait(&signals, nullptr, &pause);
    if (signal > 0 && receiver_ != 0) {
      ::kill(receiver_, signal);
    } else if (signal > 0) {
      end_descendants();
      ::_exit(128 + signal);
    }
    const std::lock_guard lock(mutex_);
    peaks_.look();
  }
}

nlohmann::json Keeper::end_all() {
  receiver_ = 0;
  end_descendants();
  rusage used{};
  ::getrusage(RUSAGE_CHILDREN, &used);
  const std::lock_guard lock(mutex_);
  return {{"cpu_user_s", seconds(used.ru_utime)},
          {"cpu_system_s", seconds(used.ru_stime)},
          {"peaks_kib", peaks_.largest()},
          {"together_kib", peaks_.together()}};
}

}  // namespace walden::bench
