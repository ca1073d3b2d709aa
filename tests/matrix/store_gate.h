// What stands between a recovery and its object store: it passes requests on until one for a chosen
// object comes, and from that very request on does what a failing network or store would do. So a
// fault begins at a place in the WAL, and not at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace walden::testing {

enum class GateFault {
  none,               // nothing is done to requests; what `Trigger::also` does is the fault
  stopped,            // connections are reset, new ones are refused
  refused,            // connections are closed in good order, new ones are refused
  stalled,            // connections are taken, and nothing comes back
  wrong_certificate,  // connections are closed, new ones get one of another authority
  forbidden,          // 403 AccessDenied
  expired,            // 400 ExpiredToken
  unavailable,        // 503 SlowDown
  truncated,          // answers end in the middle of the body, always at the same byte
};

struct Certificate {
  std::string file;  // PEM, with its key
};

struct GateOptions {
  std::uint16_t upstream_port = 0;           // plain HTTP on 127.0.0.1
  std::optional<Certificate> certificate{};  // then TLS is spoken to clients
  std::optional<Certificate> wrong_certificate{};
};

class StoreGate {
 public:
  struct Trigger {
    std::string object;  // the last part of its name
    GateFault fault = GateFault::none;
    // Called once, before the request is looked at. Meanwhile it waits, and so do requests for the
    // objects that `holds` says.
    std::function<void()> also{};
    std::function<bool(std::string_view name)> holds{};
    // Requests for other objects pass, where an answer is the fault; none: it befalls all.
    std::function<bool(std::string_view name)> befalls{};
  };

  explicit StoreGate(const GateOptions& options);
  StoreGate(const StoreGate&) = delete;
  StoreGate& operator=(const StoreGate&) = delete;
  ~StoreGate();

  void arm(Trigger trigger);
  [[nodiscard]] bool has_begun() const;  // and `also` has returned
  void lift();                           // nothing is armed any more either
  void cut_connections();
  [[nodiscard]] std::uint16_t port() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace walden::testing
