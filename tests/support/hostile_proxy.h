// The program `hostile-proxy` in front of this run's S3 server, with a script of what it does to
// which request; the language is told in tests/hostile-proxy/fault_script.h. Gone with the object.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/child_process.h"

namespace walden::testing {

struct ProxiedRequest {
  std::string method;
  std::string path;   // as sent
  std::string query;  // the parameters' names, joined by '&'
  int status = 0;     // 0: no answer began
  std::string fault;  // the script's word, or "-"
};

class HostileProxy {
 public:
  // Throws with what the program said when it does not come up.
  explicit HostileProxy(const std::string& script = {});

  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }
  // Every request whose fate is decided, in order: also those that never got an answer.
  [[nodiscard]] std::vector<ProxiedRequest> requests() const;
  [[nodiscard]] std::size_t harmed() const;  // how many of them met a fault
  [[nodiscard]] std::string log() const { return process_->out_so_far(); }

 private:
  std::unique_ptr<RunningProcess> process_;
  std::string endpoint_;
};

}  // namespace walden::testing
