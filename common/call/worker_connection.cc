#include "common/call/worker_connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace walden {
namespace {

constexpr int kSilenceMs = 10'000;

bool is_own(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

bool connect_to(int fd, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool is_readable_in_time(int fd) {
  pollfd waited{fd, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&waited, 1, kSilenceMs);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace

std::optional<WorkerConnection> WorkerConnection::open(const WorkerAddress& address) {
  if (!is_private_directory(address.directory)) return std::nullopt;
  // Not blocking: a worker that does not take calls any more has a full queue.
  const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return std::nullopt;
  WorkerConnection connection(fd);
  if (!connect_to(fd, address.socket) || !is_own(fd)) return std::nullopt;
  return connection;
}

WorkerConnection::WorkerConnection(WorkerConnection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

WorkerConnection::~WorkerConnection() {
  if (fd_ >= 0) ::close(fd_);
}

bool WorkerConnection::ask(const CallRequest& request) const {
  const auto packet = encode(request);
  return packet && ::send(fd_, packet->data(), packet->size(), MSG_NOSIGNAL) ==
                       static_cast<ssize_t>(packet->size());
}

std::optional<CallAnswer> WorkerConnection::next_answer() const {
  if (!is_readable_in_time(fd_)) return std::nullopt;
  std::string packet(kMaxPacket, '\0');
  ssize_t size = 0;
  do {
    size = ::recv(fd_, packet.data(), packet.size(), 0);
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return std::nullopt;
  packet.resize(static_cast<std::size_t>(size));
  return decode_answer(packet);
}

}  // namespace walden
