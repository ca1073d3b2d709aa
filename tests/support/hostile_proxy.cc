#include "tests/support/hostile_proxy.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "tests/support/s3_server.h"

namespace walden::testing {

HostileProxy::HostileProxy(const std::string& script) {
  const std::string& upstream = s3_server().endpoint;
  Command command;
  command.argv = {program("hostile-proxy"), upstream.substr(upstream.rfind(':') + 1)};
  command.input = script;
  process_ = std::make_unique<RunningProcess>(command);
  const bool up = eventually([&] {
    return process_->out_so_far().find('\n') != std::string::npos ||
           process_->err_so_far().find('\n') != std::string::npos;
  });
  std::istringstream said(process_->out_so_far());
  std::string word;
  int port = 0;
  if (!up || !(said >> word >> port)) {
    throw std::runtime_error("the proxy did not come up: " + process_->err_so_far());
  }
  // The name, not the address: the server behind it knows itself by that name.
  endpoint_ = "http://localhost:" + std::to_string(port);
}

std::vector<ProxiedRequest> HostileProxy::requests() const {
  std::vector<ProxiedRequest> requests;
  std::istringstream lines(process_->out_so_far());
  std::string line;
  std::getline(lines, line);  // the port
  while (std::getline(lines, line)) {
    ProxiedRequest request;
    std::istringstream words(line);
    words >> request.method >> request.path >> request.query >> request.status >> request.fault;
    request.query.erase(0, 1);  // its '?'
    requests.push_back(std::move(request));
  }
  return requests;
}

std::size_t HostileProxy::harmed() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      requests(), [](const ProxiedRequest& request) { return request.fault != "-"; }));
}

}  // namespace walden::testing
