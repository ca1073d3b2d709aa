// One caller, until it has hung up.
#pragma once

#include <mutex>

#include "common/bytes/file_descriptor.h"
#include "common/call/message.h"

namespace walden {

class Conversation {
 public:
  explicit Conversation(FileDescriptor caller) : caller_(std::move(caller)) {}

  // Nothing when the caller says nothing, or nonsense, for 10 seconds.
  [[nodiscard]] std::optional<CallRequest> request();

  // From any thread. A caller that has gone is no error: it asked, and did not wait.
  void send(const CallAnswer& answer);
  // That it is being worked on, while it is: not before the request has been read, for a caller
  // that leaves with something unread resets the connection.
  void send_working();

  // At most 10 seconds: it only has to rename a file.
  void wait_until_caller_is_gone();

 private:
  [[nodiscard]] bool wait_for_caller() const;
  void send_packet(const CallAnswer& answer) const;

  FileDescriptor caller_;
  std::mutex mutex_;  // guards the order of answers
  bool working_ = false;
};

}  // namespace walden
