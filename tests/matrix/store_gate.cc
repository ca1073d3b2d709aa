#include "tests/matrix/store_gate.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

#include "tests/matrix/client_stream.h"

namespace walden::testing {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::size_t kPassedOfABody = 100;

[[noreturn]] void give_up(const char* doing) {
  throw std::system_error(errno, std::generic_category(), doing);
}

sockaddr_in local_address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

FileDescriptor bound_socket(std::uint16_t port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  const sockaddr_in address = local_address(port);
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    give_up("bind a socket of the gate");
  }
  return socket;
}

std::uint16_t port_of(const FileDescriptor& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    give_up("find the gate's port");
  }
  return ntohs(address.sin_port);
}

FileDescriptor connect_to(std::uint16_t port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = local_address(port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return {};
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

// With RST instead of FIN.
void reset(int socket) {
  const linger none{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

std::string refusal(std::string_view status, std::string_view code) {
  const std::string body = fmt::format(
      "<?xml version=\"1.0\"?><Error><Code>{}</Code><Message>as the test says</Message></Error>",
      code);
  return fmt::format(
      "HTTP/1.1 {}\r\nx-amz-request-id: 1\r\ncontent-type: application/xml\r\n"
      "content-length: {}\r\n\r\n{}",
      status, body.size(), body);
}

// What the store says instead of an answer; empty where it is not the store that speaks.
std::string answer_in_place(GateFault fault) {
  if (fault == GateFault::forbidden) return refusal("403 Forbidden", "AccessDenied");
  if (fault == GateFault::expired) return refusal("400 Bad Request", "ExpiredToken");
  if (fault == GateFault::unavailable) return refusal("503 Slow Down", "SlowDown");
  return {};
}

bool ends_connections(GateFault fault) {
  return fault == GateFault::stopped || fault == GateFault::refused ||
         fault == GateFault::wrong_certificate;
}

// The last part of the path.
std::string_view object_of(std::string_view head) {
  std::string_view path = head.substr(head.find(' ') + 1);
  path = path.substr(0, path.find_first_of(" ?\r"));
  return path.substr(path.rfind('/') + 1);
}

bool asks_for_the_rest(std::string_view head) {
  std::string lower(head);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto range = lower.find("\r\nrange: bytes=");
  return range != std::string::npos && lower.substr(range).find("bytes=0-") == std::string::npos;
}

// Where an answer ends before its time.
struct Cut {
  std::optional<std::size_t> body{};  // so many bytes of it pass; nothing: all
  std::string head{};
  std::size_t passed = 0;

  [[nodiscard]] std::size_t allowed_of(std::string_view piece) {
    if (!body) return piece.size();
    if (!head.contains(kHeadEnd)) head += piece;
    const auto end = head.find(kHeadEnd);
    if (end == std::string::npos) return passed += piece.size(), piece.size();
    const std::size_t last = end + kHeadEnd.size() + *body;
    const std::size_t allowed = std::min(piece.size(), last - std::min(last, passed));
    passed += allowed;
    return allowed;
  }
};

}  // namespace

struct StoreGate::State {
  explicit State(const GateOptions& chosen) : options(chosen), port_keeper(bound_socket(0)) {
    port = port_of(port_keeper);
    if (options.certificate) tls.emplace(options.certificate->file);
    if (options.wrong_certificate) wrong_tls.emplace(options.wrong_certificate->file);
  }

  struct Connection {
    std::unique_ptr<ClientStream> client;
    std::thread thread;
  };

  void listen();
  void stop_listening();
  void accept_all(int socket);
  void serve(ClientStream& client);
  bool exchange(ClientStream& client, const FileDescriptor& upstream);
  [[nodiscard]] GateFault look_at(std::string_view head);
  void begin(std::unique_lock<std::mutex>& lock);
  void cut_all();
  void wait_until_lifted() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return fault == GateFault::none || stopping; });
  }

  const GateOptions options;
  std::optional<TlsContext> tls;
  std::optional<TlsContext> wrong_tls;
  const FileDescriptor port_keeper;  // nobody else gets the port while nothing listens
  std::uint16_t port = 0;

  std::mutex listening;  // guards the two
  FileDescriptor listener;
  std::thread acceptor;

  std::mutex mutex;  // guards all below
  std::condition_variable changed;
  std::optional<Trigger> trigger;
  bool beginning = false;
  bool begun = false;
  bool stopping = false;
  GateFault fault = GateFault::none;
  std::list<Connection> connections;
};

void StoreGate::State::listen() {
  const std::lock_guard lock(listening);
  if (listener) return;
  listener = bound_socket(port);
  if (::listen(listener.get(), SOMAXCONN) != 0) give_up("listen at the gate");
  acceptor = std::thread([this, socket = listener.get()] { accept_all(socket); });
}

void StoreGate::State::stop_listening() {
  const std::lock_guard lock(listening);
  if (!listener) return;
  ::shutdown(listener.get(), SHUT_RDWR);
  acceptor.join();
  listener.reset();
}

void StoreGate::State::accept_all(int socket) {
  for (;;) {
    FileDescriptor accepted(::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC));
    if (!accepted) return;  // shut down
    const std::lock_guard lock(mutex);
    if (stopping) return;
    const auto& context = fault == GateFault::wrong_certificate ? wrong_tls : tls;
    auto& connection = connections.emplace_back();
    connection.client =
        std::make_unique<ClientStream>(std::move(accepted), context ? &*context : nullptr);
    connection.thread = std::thread([this, client = connection.client.get()] { serve(*client); });
  }
}

// The request that the trigger waits for begins the fault.
GateFault StoreGate::State::look_at(std::string_view head) {
  const std::string_view object = object_of(head);
  std::unique_lock lock(mutex);
  const auto waits = [&] {
    return trigger && (trigger->object == object || (trigger->holds && trigger->holds(object)));
  };
  changed.wait(lock, [&] { return !beginning || stopping || !waits(); });
  if (trigger && !begun && !beginning && trigger->object == object) begin(lock);
  if (stopping) return GateFault::refused;
  const bool passes = trigger && trigger->befalls && !trigger->befalls(object);
  return passes && !ends_connections(fault) ? GateFault::none : fault;
}

void StoreGate::State::begin(std::unique_lock<std::mutex>& lock) {
  beginning = true;
  const Trigger chosen = *trigger;
  lock.unlock();
  if (chosen.also) chosen.also();
  lock.lock();
  fault = chosen.fault;
  lock.unlock();
  if (chosen.fault == GateFault::stopped || chosen.fault == GateFault::refused) stop_listening();
  if (ends_connections(chosen.fault)) cut_all();
  lock.lock();
  beginning = false;
  begun = true;
  changed.notify_all();
}

void StoreGate::State::cut_all() {
  const std::lock_guard lock(mutex);
  for (const auto& connection : connections) {
    if (fault == GateFault::stopped) reset(connection.client->fd());
    ::shutdown(connection.client->fd(), SHUT_RDWR);
  }
}

// Requests one after the other, as HTTP/1.1 has them; GET and HEAD, which have no body.
void StoreGate::State::serve(ClientStream& client) {
  const FileDescriptor upstream = connect_to(options.upstream_port);
  if (upstream) {
    while (exchange(client, upstream)) {
    }
  }
  ::shutdown(client.fd(), SHUT_RDWR);
}

bool StoreGate::State::exchange(ClientStream& client, const FileDescriptor& upstream) {
  std::string head;
  while (!head.contains(kHeadEnd)) {
    const std::string piece = client.receive();
    if (piece.empty()) return false;
    head += piece;
  }
  const GateFault now = look_at(head);
  if (ends_connections(now)) return false;
  if (now == GateFault::stalled) return wait_until_lifted(), false;
  if (const auto answer = answer_in_place(now); !answer.empty()) return client.send(answer);

  if (::send(upstream.get(), head.data(), head.size(), MSG_NOSIGNAL) < 0) return false;
  Cut cut;
  if (now == GateFault::truncated) cut.body = asks_for_the_rest(head) ? 0 : kPassedOfABody;
  // Until the client asks for more, or leaves.
  for (;;) {
    std::array<pollfd, 2> sides{{{client.fd(), POLLIN, 0}, {upstream.get(), POLLIN, 0}}};
    if (!client.has_pending() && ::poll(sides.data(), sides.size(), -1) < 0) return false;
    if ((sides[1].revents & (POLLIN | POLLHUP)) == 0) return true;
    std::array<char, 65536> room{};
    const ssize_t count = ::recv(upstream.get(), room.data(), room.size(), 0);
    if (count <= 0) return false;
    const std::string_view piece(room.data(), static_cast<std::size_t>(count));
    const std::size_t allowed = cut.allowed_of(piece);
    if (!client.send(piece.substr(0, allowed)) || allowed < piece.size()) return false;
  }
}

StoreGate::StoreGate(const GateOptions& options) : state_(new State(options)) {
  state_->listen();
}

StoreGate::~StoreGate() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_all();
  }
  state_->stop_listening();
  state_->cut_all();
  for (auto& connection : state_->connections) connection.thread.join();
}

void StoreGate::arm(Trigger trigger) {
  const std::lock_guard lock(state_->mutex);
  state_->trigger = std::move(trigger);
  state_->begun = false;
}

bool StoreGate::has_begun() const {
  const std::lock_guard lock(state_->mutex);
  return state_->begun;
}

void StoreGate::lift() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->trigger.reset();
    state_->fault = GateFault::none;
    state_->changed.notify_all();
  }
  state_->listen();
}

void StoreGate::cut_connections() {
  state_->cut_all();
}

std::uint16_t StoreGate::port() const {
  return state_->port;
}

}  // namespace walden::testing
