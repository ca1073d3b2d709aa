// The two programs that PostgreSQL calls, as their front ends and their workers must both know
// them.
#pragma once

#include <cstddef>

#include "common/call/exit_codes.h"

namespace walden {

struct CalledProgram {
  const char* name;
  const char* worker;         // beside it, or in ../libexec/walden
  std::size_t path_argument;  // which of the two arguments is the path
  bool delivers_file;         // success comes with a file, which is renamed to the path
  int failed;                 // exit code when nothing can be started
};

inline constexpr CalledProgram kWalPush{.name = "wal-push",
                                        .worker = "wal-push-worker",
                                        .path_argument = 0,
                                        .delivers_file = false,
                                        .failed = kPushFailed};
inline constexpr CalledProgram kWalFetch{.name = "wal-fetch",
                                         .worker = "wal-fetch-worker",
                                         .path_argument = 1,
                                         .delivers_file = true,
                                         .failed = kFetchDoubt};

}  // namespace walden
