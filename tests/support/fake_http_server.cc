#include "tests/support/fake_http_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

#include "common/bytes/file_descriptor.h"

namespace walden::testing {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

[[noreturn]] void give_up(const char* doing) {
  throw std::system_error(errno, std::generic_category(), doing);
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// What came over one connection and was not yet used.
class Incoming {
 public:
  explicit Incoming(int socket) : socket_(socket) {}

  // None when the other side has closed.
  std::optional<FakeRequest> next_request() {
    while (!bytes_.contains(kHeadEnd)) {
      if (!receive()) return std::nullopt;
    }
    const std::size_t head_size = bytes_.find(kHeadEnd) + kHeadEnd.size();
    FakeRequest request = parse_head(bytes_.substr(0, head_size));
    const std::string length = request.header("content-length");
    const std::size_t size = head_size + (length.empty() ? 0 : std::stoul(length));
    while (bytes_.size() < size) {
      if (!receive()) return std::nullopt;
    }
    request.body = bytes_.substr(head_size, size - head_size);
    bytes_.erase(0, size);
    return request;
  }

 private:
  bool receive() {
    std::array<char, 65536> piece{};
    const ssize_t count = ::recv(socket_, piece.data(), piece.size(), 0);
    if (count <= 0) return false;
    bytes_.append(piece.data(), static_cast<std::size_t>(count));
    return true;
  }

  static FakeRequest parse_head(std::string head) {
    const auto take_line = [&] {
      const auto end = head.find("\r\n");
      std::string line = head.substr(0, end);
      head.erase(0, end + 2);
      return line;
    };
    FakeRequest request;
    const std::string first = take_line();
    const auto space = first.find(' ');
    request.method = first.substr(0, space);
    request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
    for (std::string line = take_line(); !line.empty(); line = take_line()) {
      const auto colon = line.find(':');
      const auto value = std::min(line.find_first_not_of(' ', colon + 1), line.size());
      request.headers[lower_case(line.substr(0, colon))] = line.substr(value);
    }
    return request;
  }

  int socket_;
  std::string bytes_;
};

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// False when the connection is to be closed.
bool send_answer(int socket, const FakeRequest& request, const FakeAnswer& answer) {
  std::string text = fmt::format("HTTP/1.1 {} Scripted\r\n", answer.status);
  for (const auto& [name, value] : answer.headers) text += fmt::format("{}: {}\r\n", name, value);
  if (answer.status != 204 && answer.says_length) {
    text += fmt::format("content-length: {}\r\n", answer.body.size());
  }
  text += "\r\n";
  if (request.method != "HEAD")
    text += answer.body.substr(0, answer.cut_at.value_or(std::string::npos));
  return send_all(socket, text) && !answer.cut_at && answer.says_length;
}

}  // namespace

struct FakeHttpServer::State {
  struct Connection {
    FileDescriptor socket;
    std::thread thread;
  };

  void accept_all() {
    for (;;) {
      FileDescriptor socket(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!socket) return;  // shut down
      const std::scoped_lock lock(mutex);
      if (stopping) return;
      Connection& connection = connections.emplace_back();
      connection.socket = std::move(socket);
      connection.thread = std::thread([this, fd = connection.socket.get()] { serve(fd); });
    }
  }

  void serve(int socket) {
    Incoming incoming(socket);
    while (const auto request = incoming.next_request()) {
      {
        const std::scoped_lock lock(mutex);
        requests.push_back(*request);
      }
      const FakeAnswer answer = script(*request);
      if (answer.silent) continue;
      if (!send_answer(socket, *request, answer)) break;
    }
    ::shutdown(socket, SHUT_RDWR);
  }

  Script script;
  FileDescriptor listener;
  std::uint16_t port = 0;
  mutable std::mutex mutex;
  bool stopping = false;
  std::vector<FakeRequest> requests;
  std::list<Connection> connections;
  std::thread acceptor;
};

FakeHttpServer::FakeHttpServer(Script answer) : state_(new State) {
  State& state = *state_;
  state.script = std::move(answer);
  state.listener = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (!state.listener || ::bind(state.listener.get(), any, size) != 0 ||
      ::listen(state.listener.get(), SOMAXCONN) != 0 ||
      ::getsockname(state.listener.get(), any, &size) != 0) {
    give_up("open a fake server");
  }
  state.port = ntohs(address.sin_port);
  state.acceptor = std::thread([&state] { state.accept_all(); });
}

FakeHttpServer::~FakeHttpServer() {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->stopping = true;
  }
  ::shutdown(state_->listener.get(), SHUT_RDWR);
  state_->acceptor.join();
  for (State::Connection& connection : state_->connections) {
    ::shutdown(connection.socket.get(), SHUT_RDWR);
    connection.thread.join();
  }
}

std::uint16_t FakeHttpServer::port() const {
  return state_->port;
}

std::string FakeHttpServer::url() const {
  return fmt::format("http://127.0.0.1:{}", state_->port);
}

std::vector<FakeRequest> FakeHttpServer::requests() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->requests;
}

}  // namespace walden::testing
