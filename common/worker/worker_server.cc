#include "common/worker/worker_server.h"

#include <poll.h>

#include <algorithm>
#include <exception>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include "common/worker/conversation.h"

namespace walden {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kTickMs = 1000;
constexpr int kBetweenTriesMs = 50;
// Longer than any deadline that a call has: one that takes more is lost, and the caller, who hears
// nothing any more, does the work by itself.
constexpr std::chrono::minutes kLongestCall{10};
// PostgreSQL calls one at a time; more is somebody's loop, and each of those works by itself.
constexpr std::size_t kMostCalls = 16;

class Calls {
 public:
  Calls(const WorkerOptions& options, CallHandler& handler)
      : options_(options), handler_(handler) {}
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;
  ~Calls() {
    for (auto& call : calls_) call.thread.join();
  }

  void take(FileDescriptor caller) {
    join_finished();
    if (calls_.size() >= kMostCalls) return;  // hangs up
    Call& call = calls_.emplace_back(std::move(caller));
    try {
      call.thread = std::thread([this, &call] { run(call); });
    } catch (const std::system_error&) {
      calls_.pop_back();  // hangs up
    }
  }

  void tick() {
    join_finished();
    for (auto& call : calls_) {
      if (Clock::now() - call.begun < kLongestCall) call.conversation.send_working();
    }
  }

  [[nodiscard]] bool any() {
    join_finished();
    return !calls_.empty();
  }
  [[nodiscard]] bool is_outdated() const { return outdated_; }

 private:
  struct Call {
    explicit Call(FileDescriptor caller) : conversation(std::move(caller)) {}
    Conversation conversation;
    const Clock::time_point begun = Clock::now();
    std::thread thread;
    std::atomic<bool> finished = false;
  };

  void join_finished() {
    calls_.remove_if([](Call& call) {
      if (!call.finished) return false;
      call.thread.join();
      return true;
    });
  }

  void run(Call& call) {
    try {
      converse(call.conversation);
    } catch (const std::exception&) {
      // Out of memory: the caller sees that the connection ends, and works by itself.
    }
    call.finished = true;
  }

  void converse(Conversation& conversation) {
    const auto request = conversation.request();
    if (!request) return;
    if (options_.lifetime.is_outdated()) outdated_ = true;
    if (outdated_ || request->identity != options_.identity) {
      conversation.send({.kind = CallAnswer::Kind::leave});
      return;
    }
    const auto say = [&](const std::string& lines) {
      conversation.send({.kind = CallAnswer::Kind::say, .text = lines});
    };
    const CallAnswer answer = handler_.answer(*request, say);
    if (const std::string notes = options_.notes.take(); !notes.empty()) say(notes);
    conversation.send(answer);
    conversation.wait_until_caller_is_gone();
    handler_.after(answer);
  }

  const WorkerOptions& options_;
  CallHandler& handler_;
  std::list<Call> calls_;  // touched by the loop's thread only
  std::atomic<bool> outdated_ = false;
};

bool has_caller(const WorkerSocket& socket) {
  pollfd waited{socket.fd(), POLLIN, 0};
  return ::poll(&waited, 1, kTickMs) > 0;
}

void pause_for(int milliseconds) {
  ::poll(nullptr, 0, milliseconds);
}

void take_calls(const WorkerSocket listening, const WorkerOptions& options, CallHandler& handler,
                Calls& calls) {
  Clock::time_point last_call = Clock::now();
  Clock::time_point next_tick = last_call;
  while (!options.interrupted && !calls.is_outdated()) {
    if (has_caller(listening)) {
      FileDescriptor caller = listening.accept();
      if (!caller) pause_for(kBetweenTriesMs);  // no descriptor left, perhaps
      if (caller) calls.take(std::move(caller));
      last_call = Clock::now();
    }
    if (Clock::now() < next_tick) continue;
    next_tick = Clock::now() + std::chrono::milliseconds(kTickMs);
    calls.tick();
    if (calls.any()) last_call = Clock::now();
    if (options.lifetime.is_outdated() || options.lifetime.is_over(last_call, Clock::now()) ||
        !handler.is_needed()) {
      return;
    }
  }
}

}  // namespace

bool is_for_the_caller(const Error& error) {
  return error.kind == ErrorKind::denied || error.kind == ErrorKind::configuration ||
         error.kind == ErrorKind::local_io;
}

void serve(WorkerSocket socket, const WorkerOptions& options, CallHandler& handler) {
  Calls calls(options, handler);
  take_calls(std::move(socket), options, handler, calls);
  // Whoever comes now finds the next worker.
  while (calls.any()) {
    calls.tick();
    pause_for(kTickMs);
  }
}

}  // namespace walden
