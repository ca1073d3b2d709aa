// The facts of `basebackup check`, for people and for programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "basebackup/check_fact.h"

namespace walden {

struct CheckCounts {
  std::size_t failures = 0;
  std::size_t warnings = 0;
  std::size_t not_asked = 0;
};
[[nodiscard]] CheckCounts count_verdicts(const Facts& facts);

// One fact, its name padded to `name_columns`.
[[nodiscard]] std::string fact_line(const Fact& fact, std::size_t name_columns, bool coloured);

// A line for each fact; its remedy behind an arrow, on a line of its own where 100 columns are too
// few for both, and long sentences broken at spaces. Then what they come to: "1 failure, 1
// warning".
[[nodiscard]] std::string check_text(const Facts& facts, bool coloured);

struct CheckSubject {
  std::string cluster;
  std::string store;
};
[[nodiscard]] nlohmann::ordered_json check_json(const CheckSubject& subject, const Facts& facts);

}  // namespace walden
