#include "tests/hostile-proxy/socket_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace walden::testing {

SocketStream SocketStream::connect(std::uint16_t port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return SocketStream(FileDescriptor());
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return SocketStream(std::move(socket));
}

bool SocketStream::fill() {
  std::array<char, 65536> piece{};
  ssize_t count = 0;
  do {
    count = ::recv(socket_.get(), piece.data(), piece.size(), 0);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  buffer_.append(piece.data(), static_cast<std::size_t>(count));
  return true;
}

std::string SocketStream::read_line() {
  constexpr std::size_t kLongest = 65536;
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end + 1);
      buffer_.erase(0, end + 1);
      return line;
    }
    if (buffer_.size() > kLongest || !fill()) return {};
  }
}

std::string SocketStream::read_some(std::size_t limit) {
  if (buffer_.empty() && !fill()) return {};
  std::string piece = buffer_.substr(0, limit);
  buffer_.erase(0, piece.size());
  return piece;
}

bool SocketStream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void SocketStream::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void SocketStream::wait_until_peer_leaves() {
  pollfd waited{socket_.get(), POLLRDHUP, 0};
  while (::poll(&waited, 1, -1) < 0 && errno == EINTR) {
  }
}

}  // namespace walden::testing
