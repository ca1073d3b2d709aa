// A connected TCP socket with a buffer for what was read ahead. Calls block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/bytes/file_descriptor.h"

namespace walden::testing {

class SocketStream {
 public:
  explicit SocketStream(FileDescriptor socket) : socket_(std::move(socket)) {}
  // To 127.0.0.1; not open() when refused.
  [[nodiscard]] static SocketStream connect(std::uint16_t port);
  [[nodiscard]] bool open() const { return static_cast<bool>(socket_); }

  // Up to and with "\n"; empty when the peer left before or the line is longer than 64 KiB.
  [[nodiscard]] std::string read_line();
  // What is there, at most `limit` bytes; empty when the peer left.
  [[nodiscard]] std::string read_some(std::size_t limit);
  [[nodiscard]] bool write(std::string_view bytes);

  void reset();  // closes with RST
  void close() { socket_ = FileDescriptor(); }
  void wait_until_peer_leaves();

 private:
  [[nodiscard]] bool fill();

  FileDescriptor socket_;
  std::string buffer_;
};

}  // namespace walden::testing
