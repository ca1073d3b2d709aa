#include "common/program/signals.h"

#include <signal.h>
#include <unistd.h>

namespace walden {
namespace {

// The only state of its kind: a signal handler is given nothing but the signal's number.
std::atomic<bool> interrupted{false};
std::atomic<const char*> temporary{nullptr};
static_assert(std::atomic<bool>::is_always_lock_free);
static_assert(std::atomic<const char*>::is_always_lock_free);

void note_interruption(int /*signal*/) {
  interrupted = true;
}

void unlink_and_die(int signal) {
  if (const char* path = temporary.exchange(nullptr)) ::unlink(path);
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  ::sigaction(signal, &standard, nullptr);
  ::raise(signal);  // blocked while the handler runs: it takes effect on return
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;  // poll returns all the same, and sees the flag
  sigemptyset(&action.sa_mask);
  ::sigaction(signal, &action, nullptr);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &mask, nullptr);
}

}  // namespace

const std::atomic<bool>& interruption_flag() {
  handle(SIGPIPE, SIG_IGN);
  handle(SIGINT, note_interruption);
  handle(SIGTERM, note_interruption);
  return interrupted;
}

void unlink_on_termination(const char* temporary_path) {
  temporary = temporary_path;
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) handle(signal, unlink_and_die);
}

void forget_temporary() {
  temporary = nullptr;
}

}  // namespace walden
