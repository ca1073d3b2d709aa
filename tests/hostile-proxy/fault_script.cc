#include "tests/hostile-proxy/fault_script.h"

#include <algorithm>
#include <array>
#include <limits>
#include <sstream>
#include <utility>

namespace walden::testing {
namespace {

constexpr std::array<std::pair<std::string_view, FaultKind>, 14> kWords{{
    {"delay", FaultKind::delay},
    {"bandwidth", FaultKind::bandwidth},
    {"reset-request", FaultKind::reset_request},
    {"stall-request", FaultKind::stall_request},
    {"reset-response", FaultKind::reset_response},
    {"stall-response", FaultKind::stall_response},
    {"truncate", FaultKind::truncate},
    {"corrupt", FaultKind::corrupt},
    {"stall", FaultKind::stall},
    {"hang-up", FaultKind::hang_up},
    {"lose", FaultKind::lose},
    {"status", FaultKind::status},
    {"ok-with-error", FaultKind::ok_with_error},
    {"html", FaultKind::html},
}};

FaultKind kind_of(std::string_view word) {
  for (const auto& [known, kind] : kWords) {
    if (known == word) return kind;
  }
  throw BadScript("there is no fault '" + std::string(word) + "'");
}

std::uint64_t number(const std::string& text) {
  std::size_t used = 0;
  const std::uint64_t value = std::stoull(text, &used);
  if (used != text.size()) throw std::invalid_argument(text);
  return value;
}

}  // namespace

FaultScript::FaultScript(std::string_view text) {
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    try {
      rules_.push_back(parse_rule(line));
    } catch (const std::exception& bad) {
      throw BadScript("'" + line + "': " + bad.what());
    }
  }
}

FaultScript::Rule FaultScript::parse_rule(const std::string& line) {
  std::istringstream words(line);
  Rule rule;
  words >> rule.fault.word;
  rule.fault.kind = kind_of(rule.fault.word);
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) throw BadScript("'" + word + "' is not name=value");
    set(rule, word.substr(0, equals), word.substr(equals + 1));
  }
  // Without a rate nothing would ever pass.
  if (rule.fault.kind == FaultKind::bandwidth && rule.fault.bytes == 0) {
    throw BadScript("bandwidth needs bytes=N");
  }
  return rule;
}

void FaultScript::set(Rule& rule, const std::string& name, const std::string& value) {
  Fault& fault = rule.fault;
  if (name == "method") {
    rule.method = value;
  } else if (name == "path") {
    rule.path = value;
  } else if (name == "query") {
    rule.query = value;
  } else if (name == "skip") {
    rule.skip = number(value);
  } else if (name == "times") {
    rule.times = value == "always" ? std::numeric_limits<std::uint32_t>::max() : number(value);
  } else if (name == "bytes") {
    fault.bytes = number(value);
  } else if (name == "ms") {
    fault.delay = std::chrono::milliseconds(number(value));
  } else if (name == "code") {
    fault.code = static_cast<int>(number(value));
  } else if (name == "error") {
    fault.error = value;
  } else if (name == "retry-after") {
    fault.retry_after = value;
  } else if (name == "region") {
    fault.region = value;
  } else if (name == "skew") {
    fault.skew = std::chrono::seconds(std::stoll(value));
  } else if (name == "early") {
    fault.early = value == "yes";
  } else {
    throw BadScript("there is no '" + name + "'");
  }
}

bool FaultScript::Rule::matches(const RequestTarget& request) const {
  return (method.empty() || method == request.method) &&
         request.path.find(path) != std::string::npos &&
         (query.empty() || std::ranges::count(request.query_names, query) > 0);
}

std::optional<Fault> FaultScript::next(const RequestTarget& request) {
  const std::lock_guard lock(mutex_);
  for (Rule& rule : rules_) {
    if (!rule.matches(request)) continue;
    const std::uint64_t before = rule.seen++;
    if (before >= rule.skip && before - rule.skip < rule.times) return rule.fault;
  }
  return std::nullopt;
}

}  // namespace walden::testing
