// A plain HTTP proxy that harms what passes through it, request by request, as a script says
// (fault_script.h). For tests: one server behind it, everything on 127.0.0.1.
//
//   hostile-proxy UPSTREAM_PORT <SCRIPT
//
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

FileDescriptor listen_anywhere(std::uint16_t& port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), any, size) != 0 || ::listen(socket.get(), SOMAXCONN) != 0 ||
      ::getsockname(socket.get(), any, &size) != 0) {
    return {};
  }
  port = ntohs(address.sin_port);
  return socket;
}

}  // namespace

int main(int argc, char** argv) try {
  const long upstream = argc == 2 ? std::strtol(argv[1], nullptr, 10) : 0;
  if (upstream < 1 || upstream > 65535) {
    fmt::print(stderr, "usage: hostile-proxy UPSTREAM_PORT <SCRIPT\n");
    return 2;
  }
  FaultScript script(std::string(std::istreambuf_iterator<char>(std::cin), {}));
  RequestLog log;
  std::uint16_t port = 0;
  const FileDescriptor listener = listen_anywhere(port);
  if (!listener) {
    fmt::print(stderr, "hostile-proxy: cannot listen on 127.0.0.1\n");
    return 1;
  }
  fmt::print("port {}\n", port);
  std::fflush(stdout);
  for (;;) {
    FileDescriptor accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!accepted) continue;
    const int on = 1;
    ::setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::thread(serve, SocketStream(std::move(accepted)), static_cast<std::uint16_t>(upstream),
                std::ref(script), std::ref(log))
        .detach();
  }
} catch (const BadScript& bad) {
  fmt::print(stderr, "hostile-proxy: {}\n", bad.what());
  return 2;
}
