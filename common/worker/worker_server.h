// The worker's loop: takes calls, answers each on a thread of its own, and leaves when its lifetime
// is over.
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "common/bytes/error.h"
#include "common/call/message.h"
#include "common/worker/lifetime.h"
#include "common/worker/notes.h"
#include "common/worker/worker_socket.h"

namespace walden {

// What a worker does. Called from several threads at once.
class CallHandler {
 public:
  using Say = std::function<void(const std::string& lines)>;

  virtual ~CallHandler() = default;
  // `say` reaches the caller's standard error at once.
  [[nodiscard]] virtual CallAnswer answer(const CallRequest& request, const Say& say) = 0;
  // The caller has what it was answered, or has gone before.
  virtual void after(const CallAnswer& answer) = 0;
  // About once a second. False: the worker is not needed any more.
  [[nodiscard]] virtual bool is_needed() = 0;
};

// Not for a worker to decide: a right, a setting or a disk that a person may have put in order
// where no worker sees it, or that is in order but for the worker. The caller does the work by
// itself.
[[nodiscard]] bool is_for_the_caller(const Error& error);

struct WorkerOptions {
  std::string identity;  // caller_identity(); whoever has another is sent away
  Lifetime lifetime;
  const std::atomic<bool>& interrupted;
  Notes& notes;  // told to the next who is answered
};

// Returns when it is time to leave: nobody is taken any more then, and all calls are answered.
void serve(WorkerSocket socket, const WorkerOptions& options, CallHandler& handler);

}  // namespace walden
