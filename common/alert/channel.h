// The ways by which somebody is told. A channel's name is what an incident remembers it by: each
// address has its own, and hears of an incident whatever becomes of the others.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "common/alert/alert.h"
#include "common/bytes/error.h"
#include "common/program/policy.h"

namespace walden {

struct Channel {
  std::string name;  // "webhook", "command", "mail dba@acme.example"
  // Success only when the other side has taken it. Errors name no secret.
  std::function<Result<>(const Alert& alert, std::chrono::milliseconds patience)> send;
};

// Those that the policy names, each once. Files with secrets in them are read when something is
// sent. Once the mail server was silent, the other addresses' channels fail without waiting for it:
// channels are made anew for each round.
[[nodiscard]] std::vector<Channel> channels_of(const AlertPolicy& policy);

// Asks for the URL, and takes any 2xx for success: the dead man's switch.
[[nodiscard]] Result<> ping(const std::string& url, std::chrono::milliseconds patience);

}  // namespace walden
