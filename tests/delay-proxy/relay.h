// Passes one TCP connection on, and makes the server as far away as the delay says.
//
// The first bytes that come from the client after bytes from the server are held for the delay, and
// what the client sends meanwhile waits behind them. What follows until the server's next bytes
// passes at once. So each request waits once, whatever its size, and so does each turn of a TLS
// handshake; a tunnel needs no ending. Bandwidth is not touched.
#pragma once

#include <chrono>
#include <cstdint>

#include "common/bytes/file_descriptor.h"

namespace walden::testing {

// Returns when both sides have closed. `upstream_port` on 127.0.0.1.
void relay(FileDescriptor client, std::uint16_t upstream_port, std::chrono::milliseconds delay);

}  // namespace walden::testing
