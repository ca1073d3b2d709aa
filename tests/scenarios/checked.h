// What one run of `basebackup check --json` said, by the facts' names.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/child_process.h"

namespace walden::testing {

class Checked {
 public:
  explicit Checked(const Outcome& outcome) : exit_code(outcome.exit_code) {
    const auto said = nlohmann::json::parse(outcome.out, nullptr, false);
    if (!said.is_object()) throw std::runtime_error("no JSON: " + outcome.out + outcome.err);
    failures = said.at("failures");
    for (const auto& fact : said.at("facts")) facts_[fact.at("name")] = fact;
  }

  [[nodiscard]] std::string verdict(const std::string& name) const { return of(name, "verdict"); }
  [[nodiscard]] std::string text(const std::string& name) const { return of(name, "text"); }
  [[nodiscard]] std::string remedy(const std::string& name) const { return of(name, "remedy"); }
  [[nodiscard]] std::vector<std::string> with_verdict(const std::string& verdict) const {
    std::vector<std::string> names;
    for (const auto& [name, fact] : facts_) {
      if (fact.at("verdict") == verdict) names.push_back(name);
    }
    return names;
  }

  int exit_code;
  int failures = 0;

 private:
  // "none" where there is no such fact, or no such text in it.
  [[nodiscard]] std::string of(const std::string& name, const char* key) const {
    const auto fact = facts_.find(name);
    if (fact == facts_.end() || !fact->second.at(key).is_string()) return "none";
    return fact->second.at(key);
  }

  std::map<std::string, nlohmann::json> facts_;
};

}  // namespace walden::testing
