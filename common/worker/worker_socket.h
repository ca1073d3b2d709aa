// The worker's end of the socket: one worker listens at an address, however many were started.
#pragma once

#include "common/bytes/error.h"
#include "common/bytes/file_descriptor.h"
#include "common/call/worker_address.h"

namespace walden {

class WorkerSocket {
 public:
  // Makes the directory if need be, takes the lock, and listens. ErrorKind::exists when another
  // worker has the lock; denied for a directory that is not this user's own. What a killed worker
  // has left there is replaced.
  [[nodiscard]] static Result<WorkerSocket> listen(const WorkerAddress& address);
  WorkerSocket(WorkerSocket&&) noexcept = default;
  WorkerSocket& operator=(WorkerSocket&&) = delete;
  // Removes socket and lock: the next caller finds nobody, or the next worker.
  ~WorkerSocket();

  [[nodiscard]] int fd() const { return listener_.get(); }
  // A caller of this very user; nothing when it has gone again, or is somebody else.
  [[nodiscard]] FileDescriptor accept() const;

 private:
  WorkerSocket(WorkerAddress address, FileDescriptor lock, FileDescriptor listener)
      : address_(std::move(address)), lock_(std::move(lock)), listener_(std::move(listener)) {}

  WorkerAddress address_;
  FileDescriptor lock_;
  FileDescriptor listener_;
};

}  // namespace walden
