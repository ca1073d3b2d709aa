#include "common/worker/conversation.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

namespace walden {
namespace {

constexpr int kPatienceMs = 10'000;

}  // namespace

bool Conversation::wait_for_caller() const {
  pollfd waited{caller_.get(), POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&waited, 1, kPatienceMs);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

std::optional<CallRequest> Conversation::request() {
  if (!wait_for_caller()) return std::nullopt;
  std::string packet(kMaxPacket, '\0');
  const ssize_t size = ::recv(caller_.get(), packet.data(), packet.size(), 0);
  if (size <= 0) return std::nullopt;
  auto request = decode_request(std::string_view(packet).substr(0, static_cast<std::size_t>(size)));
  const std::lock_guard lock(mutex_);
  working_ = request.has_value();
  return request;
}

// A caller that does not read must not hold the worker up.
void Conversation::send_packet(const CallAnswer& answer) const {
  const std::string packet = encode(answer);
  (void)::send(caller_.get(), packet.data(), packet.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Conversation::send(const CallAnswer& answer) {
  const std::lock_guard lock(mutex_);
  if (answer.kind != CallAnswer::Kind::say) working_ = false;
  send_packet(answer);
}

void Conversation::send_working() {
  const std::lock_guard lock(mutex_);
  if (working_) send_packet({.kind = CallAnswer::Kind::working});
}

void Conversation::wait_until_caller_is_gone() {
  (void)wait_for_caller();
}

}  // namespace walden
