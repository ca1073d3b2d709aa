// A TCP proxy behind which the server is so many milliseconds away (relay.h). For benchmarks: one
// server behind it, everything on 127.0.0.1, TLS passes as it is.
//
//   delay-proxy UPSTREAM_PORT MILLISECONDS
//
// The only line on standard output is "port N". Ends when it is killed.
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "tests/delay-proxy/relay.h"

namespace {

using walden::FileDescriptor;

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

int main(int argc, char** argv) {
  const long upstream = argc == 3 ? std::strtol(argv[1], nullptr, 10) : 0;
  const long delay = argc == 3 ? std::strtol(argv[2], nullptr, 10) : -1;
  if (upstream < 1 || upstream > 65535 || delay < 0) {
    fmt::print(stderr, "usage: delay-proxy UPSTREAM_PORT MILLISECONDS\n");
    return 2;
  }
  std::uint16_t port = 0;
  const FileDescriptor listener = listen_anywhere(port);
  if (!listener) {
    fmt::print(stderr, "delay-proxy: cannot listen on 127.0.0.1\n");
    return 1;
  }
  fmt::print("port {}\n", port);
  std::fflush(stdout);
  for (;;) {
    FileDescriptor accepted(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!accepted) continue;
    const int on = 1;
    ::setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::thread(walden::testing::relay, std::move(accepted), static_cast<std::uint16_t>(upstream),
                std::chrono::milliseconds(delay))
        .detach();
  }
}
