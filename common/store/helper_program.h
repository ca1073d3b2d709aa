// Runs a program for what it prints, which may be secret, or for what it does with what it is
// given: within bounds.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/bytes/secret.h"

namespace walden {

struct HelperProgram {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH
  std::chrono::milliseconds deadline = std::chrono::seconds(60);
  std::size_t most_output = 64U << 10U;
  std::string input{};  // its standard input
};

// Its standard output, once it has ended with status 0. Its input is kept in memory, and no other
// file is open; standard error goes nowhere, because what it holds is not known to be free of
// secrets. It is killed, with what it started, at the deadline and when it prints too much.
//
// Errors: configuration when it cannot be run or prints too much; transient for another status, a
// signal, the deadline. Messages name argv[0] only: arguments may be secret.
[[nodiscard]] Result<Secret> output_of(const HelperProgram& program);

}  // namespace walden
