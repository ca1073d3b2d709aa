// One client's connection: reads requests, forwards them, and does what the script says.
#pragma once

#include <cstdint>
#include <mutex>

#include "tests/hostile-proxy/fault_script.h"
#include "tests/hostile-proxy/socket_stream.h"

namespace walden::testing {

// A line on standard output for each request, before its client learns of its fate:
//   METHOD PATH ?NAME&NAME STATUS FAULT
// STATUS is 0 where no answer begins; FAULT is the script's word, or "-".
class RequestLog {
 public:
  void add(const RequestTarget& request, int status, std::string_view fault);

 private:
  std::mutex mutex_;
};

// Returns when either side has left or the script ended it.
void serve(SocketStream client, std::uint16_t upstream_port, FaultScript& script, RequestLog& log);

}  // namespace walden::testing
