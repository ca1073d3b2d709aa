#include "tests/delay-proxy/relay.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace walden::testing {
namespace {

constexpr std::size_t kPiece = 256 * 1024;
constexpr std::size_t kMostOnTheWay = 64U << 20U;

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

// A side that has closed its half may still be read from.
void end_pass(int from, int to) {
  ::shutdown(to, SHUT_WR);
  ::shutdown(from, SHUT_RD);
}

// Nothing when there is no more to come.
std::vector<char> receive(int socket, std::vector<char>& room) {
  for (;;) {
    const ssize_t count = ::recv(socket, room.data(), room.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    return {room.begin(), room.begin() + std::max<ssize_t>(count, 0)};
  }
}

void pass(int from, int to) {
  std::vector<char> room(kPiece);
  for (;;) {
    const auto piece = receive(from, room);
    if (piece.empty() || !write_all(to, piece.data(), piece.size())) break;
  }
  end_pass(from, to);
}

// The bytes on their way; one thread puts them in, another takes them out when they are due.
class Wire {
 public:
  explicit Wire(std::chrono::milliseconds delay) : delay_(delay) {}

  // An empty piece is the end. False when nobody takes any more.
  [[nodiscard]] bool put(std::vector<char> piece) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return bytes_ < kMostOnTheWay || cut_; });
    if (cut_) return false;
    bytes_ += piece.size();
    pieces_.emplace_back(std::chrono::steady_clock::now() + delay_, std::move(piece));
    changed_.notify_all();
    return true;
  }

  [[nodiscard]] std::vector<char> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !pieces_.empty(); });
    auto [due, piece] = std::move(pieces_.front());
    pieces_.pop_front();
    lock.unlock();
    std::this_thread::sleep_until(due);
    lock.lock();
    bytes_ -= piece.size();
    changed_.notify_all();
    return std::move(piece);
  }

  void cut() {
    const std::lock_guard lock(mutex_);
    cut_ = true;
    changed_.notify_all();
  }

 private:
  const std::chrono::milliseconds delay_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<std::chrono::steady_clock::time_point, std::vector<char>>> pieces_;
  std::size_t bytes_ = 0;
  bool cut_ = false;
};

}  // namespace

void relay(FileDescriptor client, std::uint16_t upstream_port, std::chrono::milliseconds delay) {
  const FileDescriptor server = connect_to(upstream_port);
  if (!server) return;
  std::jthread answers([&] { pass(server.get(), client.get()); });
  Wire wire(delay);
  std::jthread requests([&] {
    for (;;) {
      const auto piece = wire.take();
      if (piece.empty() || !write_all(server.get(), piece.data(), piece.size())) break;
    }
    wire.cut();
    end_pass(client.get(), server.get());
  });
  std::vector<char> room(kPiece);
  for (bool more = true; more;) {
    auto piece = receive(client.get(), room);
    more = !piece.empty();
    if (!wire.put(std::move(piece))) break;
  }
}

}  // namespace walden::testing
