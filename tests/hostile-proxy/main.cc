// A plain HTTP proxy that harms what passes through it, request by request, as a script says
// (fault_script.h). For tests: one server behind it, everything on 127.0.0.1.
//
//   hostile-proxy UPSTREAM_PORT [PORT] <SCRIPT
//
// PORT: to listen on that one, so that another proxy can take the place of one that was killed.
// The first line on standard output is "port N"; then one line per request (connection.h). Ends
// when it is killed.
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <thread>

#include "tests/hostile-proxy/connection.h"

namespace {

using walden::FileDescriptor;
using namespace walden::testing;

// On any free port where `port` is 0, which then says which one it is.
FileDescriptor listen_on(std::uint16_t& port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), any, size) != 0 || ::listen(socket.get(), SOMAXCONN) != 0 ||
      ::getsockname(socket.get(), any, &size) != 0) {
    return {};
  }
  port = ntohs(address.sin_port);
  return socket;
}

// 0 where it is none.
std::uint16_t port_in(const char* text) {
  const long port = std::strtol(text, nullptr, 10);
  return port < 1 || port > 65535 ? 0 : static_cast<std::uint16_t>(port);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::uint16_t upstream = argc == 2 || argc == 3 ? port_in(argv[1]) : 0;
  std::uint16_t port = argc == 3 ? port_in(argv[2]) : 0;
  if (upstream == 0 || (argc == 3 && port == 0)) {
    fmt::print(stderr, "usage: hostile-proxy UPSTREAM_PORT [PORT] <SCRIPT\n");
    return 2;
  }
  FaultScript script(std::string(std::istreambuf_iterator<char>(std::cin), {}));
  RequestLog log;
  const FileDescriptor listener = listen_on(port);
  if (!listener) {
    fmt::print(stderr, "hostile-proxy: cannot listen on 127.0.0.1:{}\n", port);
    return 1;
  }
  fmt::print("port {}\n", port);
  std::fflush(stdout);
  for (;;) {
    FileDescriptor accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!accepted) continue;
    const int on = 1;
    ::setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::thread(serve, SocketStream(std::move(accepted)), upstream, std::ref(script), std::ref(log))
        .detach();
  }
} catch (const BadScript& bad) {
  fmt::print(stderr, "hostile-proxy: {}\n", bad.what());
  return 2;
}
