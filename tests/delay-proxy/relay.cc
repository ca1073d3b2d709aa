#include "tests/delay-proxy/relay.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <thread>
#include <vector>

namespace walden::testing {
namespace {

constexpr std::size_t kPiece = 256 * 1024;

FileDescriptor connect_to(std::uint16_t port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return {};
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

bool write_all(int socket, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::send(socket, bytes, size, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

// Calls `before` with the bytes in hand. A side that has closed its half may still be read from.
template <typename Before>
void pass(int from, int to, Before before) {
  std::vector<char> piece(kPiece);
  for (;;) {
    const ssize_t count = ::recv(from, piece.data(), piece.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    before();
    if (!write_all(to, piece.data(), static_cast<std::size_t>(count))) break;
  }
  ::shutdown(to, SHUT_WR);
  ::shutdown(from, SHUT_RD);
}

}  // namespace

void relay(FileDescriptor client, std::uint16_t upstream_port, std::chrono::milliseconds delay) {
  const FileDescriptor server = connect_to(upstream_port);
  if (!server) return;
  std::atomic<bool> answered = true;  // the first bytes are a request as well
  std::jthread answers([&] { pass(server.get(), client.get(), [&] { answered = true; }); });
  pass(client.get(), server.get(), [&] {
    if (answered.exchange(false)) std::this_thread::sleep_for(delay);
  });
}

}  // namespace walden::testing
