// A front end: what PostgreSQL starts for each file. It is small, so that starting it costs
// nothing, and asks the worker, which is warm. Where there is none, or it does not answer, it
// becomes the program that does the work itself (exec), with the same answer, only slower: the
// worker is never a condition of correctness.
#pragma once

#include "common/call/called_program.h"

namespace walden {

[[nodiscard]] int run_front_end(const CalledProgram& program, int argc, char** argv);

}  // namespace walden
