// Passes one TCP connection on, and makes the server as far away as the delay says.
//
// What the client sends reaches the server so much later, in order and as fast as it came; what the
// server sends passes at once. So each request waits once, whatever its size, and so does each turn
// of a TLS handshake; a tunnel needs no ending. Bandwidth is not touched, except that no more than
// 64 MiB of a connection are on their way.
#pragma once

#include <chrono>
#include <cstdint>

#include "common/bytes/file_descriptor.h"

namespace walden::testing {

// Returns when both sides have closed. `upstream_port` on 127.0.0.1.
void relay(FileDescriptor client, std::uint16_t upstream_port, std::chrono::milliseconds delay);

}  // namespace walden::testing
