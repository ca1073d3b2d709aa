// What a person's own SQL answers, and rows that are only read through: within a deadline, and
// until somebody wants to stop.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "common/bytes/error.h"
#include "common/postgres/server_session.h"

namespace walden {

struct AnswerLimits {
  std::chrono::steady_clock::time_point deadline;
  std::chrono::seconds silence;  // of the server, at most
  Error too_late;                // what to say when the deadline passes
  const std::atomic<bool>& cancel;
};

// The only value of `sql`'s last answer as text; NULL is empty. ErrorKind::corrupt when it is not
// one row with one column.
[[nodiscard]] Result<std::string> ask_for_value(const ServerSession& session,
                                                const std::string& doing, const std::string& sql,
                                                const AnswerLimits& limits);

// Reads all of "copy … to stdout" and forgets it: how many bytes it was.
[[nodiscard]] Result<std::uint64_t> read_through(const ServerSession& session,
                                                 const std::string& doing, const std::string& sql,
                                                 const AnswerLimits& limits);

}  // namespace walden
