// A recovery window as people and as programs read it.
#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "basebackup/recovery_window.h"
#include "basebackup/retention.h"

namespace walden {

struct ListedSystem {
  std::string cluster;
  std::uint64_t system_identifier = 0;
  std::string store;
  RecoveryWindow window;
  bool has_key = false;                     // a secret key was given, the right one or not
  std::map<std::string, KeepMark> keeps{};  // by id
  // The policy's: holes before it are the work of basebackup expire, or nobody's any more.
  std::optional<std::chrono::seconds> recovery_window{};
  // The options that this list was asked with, and a restore needs too.
  std::vector<std::string> options{};
};

// At most 100 columns, but for the first line, which names the store, and the command at the end,
// which repeats `options`.
[[nodiscard]] std::string list_text(const ListedSystem& system, Instant now);

// docs/json.md
[[nodiscard]] nlohmann::ordered_json list_json(const ListedSystem& system);

}  // namespace walden
