// What each case of a matrix came to, as a line in the file that $WALDEN_TEST_TABLE names;
// nothing without it. tests/matrix/table makes the documentation's tables of it.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace walden::testing {

inline void note_in_table(const std::vector<std::string>& fields) {
  const char* const file = std::getenv("WALDEN_TEST_TABLE");
  if (file == nullptr) return;
  std::string line;
  for (const auto& field : fields) line += (line.empty() ? "" : "\t") + field;
  std::ofstream(file, std::ios::app) << line + "\n";
}

}  // namespace walden::testing
