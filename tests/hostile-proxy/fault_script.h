// What the proxy does to which request. One rule a line: a fault and name=value pairs, as
//
//   status code=503 error=SlowDown retry-after=1 method=PUT path=/wal/ skip=1 times=2
//
// A request is matched by
//   method=M  path=TEXT (anywhere in the path, as sent)  query=NAME (a parameter's)  none: any
//   skip=N    the first N matching requests pass unharmed (default 0)
//   times=N   the next N get the fault (default 1), or times=always
// The first rule that applies is the one. Empty lines and lines with # are passed over.
//
// Faults; `bytes` count the body (default 0):
//   delay ms=N            the request waits before it is forwarded
//   bandwidth bytes=N     a second, either way
//   reset-request bytes=N     RST after so much of the request; nothing is forwarded as a whole
//   stall-request bytes=N     reads so much of the request and no more
//   reset-response bytes=N    RST after so much of the answer
//   stall-response bytes=N    the answer stops there and the connection stays
//   truncate bytes=N          the answer stops there and the connection is closed in good order
//   corrupt bytes=N           one bit of the answer's byte N is inverted
//   stall                 reads the request and never answers; not forwarded
//   hang-up               reads the request and closes; not forwarded
//   lose                  the server gets the request and answers; the client gets RST
//   status code=N error=CODE  S3's answer to an error, not forwarded. More: retry-after=S,
//                         region=R (x-amz-bucket-region and the body's Region), skew=S (the Date
//                         is so many seconds ahead), early=yes (before the request's body is read)
//   ok-with-error error=CODE  200 with an error in the body, not forwarded
//   html code=N           a load balancer's page, not forwarded
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace walden::testing {

enum class FaultKind {
  delay,
  bandwidth,
  reset_request,
  stall_request,
  reset_response,
  stall_response,
  truncate,
  corrupt,
  stall,
  hang_up,
  lose,
  status,
  ok_with_error,
  html,
};

struct Fault {
  FaultKind kind = FaultKind::delay;
  std::string word;  // as it stands in the script
  std::uint64_t bytes = 0;
  std::chrono::milliseconds delay{0};
  int code = 0;
  std::string error;
  std::string retry_after;
  std::string region;
  std::chrono::seconds skew{0};
  bool early = false;
};

struct BadScript : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct RequestTarget {
  std::string method;
  std::string path;                      // as sent, still encoded
  std::vector<std::string> query_names;  // in the order they came
};

class FaultScript {
 public:
  explicit FaultScript(std::string_view text);  // throws BadScript, with the line
  [[nodiscard]] std::optional<Fault> next(const RequestTarget& request);

 private:
  struct Rule {
    Fault fault;
    std::string method;
    std::string path;
    std::string query;
    std::uint64_t skip = 0;
    std::uint64_t times = 1;
    std::uint64_t seen = 0;

    [[nodiscard]] bool matches(const RequestTarget& request) const;
  };
  [[nodiscard]] static Rule parse_rule(const std::string& line);
  static void set(Rule& rule, const std::string& name, const std::string& value);

  std::mutex mutex_;
  std::vector<Rule> rules_;
};

}  // namespace walden::testing
