// The front end's end of the socket.
#pragma once

#include <optional>

#include "common/call/message.h"
#include "common/call/worker_address.h"

namespace walden {

class WorkerConnection {
 public:
  // Nothing when no worker of this very user listens there.
  [[nodiscard]] static std::optional<WorkerConnection> open(const WorkerAddress& address);
  WorkerConnection(WorkerConnection&& other) noexcept;
  WorkerConnection& operator=(WorkerConnection&&) = delete;
  WorkerConnection(const WorkerConnection&) = delete;
  WorkerConnection& operator=(const WorkerConnection&) = delete;
  ~WorkerConnection();

  [[nodiscard]] bool ask(const CallRequest& request) const;
  // The next answer; nothing when the worker is gone or has been silent for 10 seconds.
  [[nodiscard]] std::optional<CallAnswer> next_answer() const;

 private:
  explicit WorkerConnection(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace walden
